/* SPDX-License-Identifier: Apache-2.0 */
/* exits.h - the exit codes of all programs, from exits.def */
#ifndef CORDON_CONTRACT_EXITS_H
#define CORDON_CONTRACT_EXITS_H

enum exit_code {
#define EXIT(NAME, code, of, meaning) EXIT_##NAME = (code),
#include "exits.def"
#undef EXIT
	EXIT_SIGNAL = 128, /* plus the number of the signal that killed the program */
};

#endif
