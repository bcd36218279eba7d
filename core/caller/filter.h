/* SPDX-License-Identifier: Apache-2.0 */
/* filter.h - macros for the system-call filters of an application; see seccomp(2) */
#ifndef CORDON_CALLER_FILTER_H
#define CORDON_CALLER_FILTER_H

#include "base/native.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

#define LOAD(field)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_ARG(n)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SECCOMP_ARG_LOW(n))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)

#endif
