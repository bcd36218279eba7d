/* SPDX-License-Identifier: Apache-2.0 */
/* ask.h - run cordon-filter: a request in, an answer out */
#ifndef CORDON_POLICY_FILTER_ASK_H
#define CORDON_POLICY_FILTER_ASK_H

#include "base/err.h"
#include "contract/filter.h"

#include <stdbool.h>
#include <sys/types.h>

/**
 * ask_filter - have the cordon-filter at @program answer @request
 * @ret: the answer, checked, the caller's to free(3)
 *
 * Context: before any clone of a session; starts a process and waits for it, for a limited time.
 * Return:  0; -errno with @err filled: its file is @program, its text has a remedy.
 */
int ask_filter(const char *program, const struct filter_request *request,
	       struct filter_answer **ret, struct err *err);

/**
 * ask_output - what the cordon-filter at @program prints for the options @argv
 * @argv: from the program's name on, ended by NULL
 * @buf:  room for @size bytes, at least 1; gets the text, always terminated
 *
 * Return: 0; -ENOENT: cordon-filter has no answer; another -errno.
 */
int ask_output(const char *program, char *const argv[], char *buf, size_t size);

/**
 * struct ask_process - a program that answers questions over a stream socket
 * @pid:    -1: none
 * @socket: is standard input and output of the program
 */
struct ask_process {
	pid_t pid;
	int pidfd, socket;
};

/**
 * ask_start - start @program with nothing but a socket as standard input and output
 *
 * Standard error is /dev/null. The program is killed when its parent ends. If it cannot be executed
 * although it may be, it ends with 127.
 * Return: 0, @ret for ask_end(); -errno.
 */
int ask_start(const char *program, char *const argv[], struct ask_process *ret);

/**
 * ask_end - wait for the program to end; nothing happens if there is none
 * @kill: kill it first
 */
void ask_end(struct ask_process *p, bool kill);

#endif
