/* SPDX-License-Identifier: Apache-2.0 */
/* names_ask.h - the name service, by cordon-names; the questions are those of policy/account/names.h */
#ifndef CORDON_LOGIN_NAMES_ASK_H
#define CORDON_LOGIN_NAMES_ASK_H

/**
 * names_deadline - from now on, all answers together take at most @seconds
 * @over: is called when the time limit is reached, with @what is looked up; must not return
 */
void names_deadline(unsigned seconds, void (*over)(const char *what));

/**
 * names_by_module - from now on, ask the PAM application for the groups of the user
 * @fd: the socket of its module, which waits for an answer of ours
 */
void names_by_module(int fd);

/**
 * names_end - end cordon-names, if it runs
 */
void names_end(void);

#endif
