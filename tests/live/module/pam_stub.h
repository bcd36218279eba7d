/* SPDX-License-Identifier: Apache-2.0 */
/* pam_stub.h - what stack_oracle_test.c and its modules share; its address is in ORACLE */
#ifndef CORDON_TESTS_PAM_STUB_H
#define CORDON_TESTS_PAM_STUB_H

#include <security/pam_modules.h>

enum { CALLS_MAX = 64, STUB_CODES = 6, OUR_CODES = 4 };

/**
 * struct oracle - one way through a stack
 * @choice: for each call of a module which of its values it returns
 * @of:     how many it had to choose from; 0: not called
 * @said:   what pam_cordon has said last
 */
struct oracle {
	unsigned calls;
	unsigned char choice[CALLS_MAX], of[CALLS_MAX];
	enum { NOT_ASKED, REFUSED, CONFINED } said;
};

#endif
