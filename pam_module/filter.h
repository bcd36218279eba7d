/* SPDX-License-Identifier: Apache-2.0 */
/* filter.h - what the module's system-call filters have in common; seccomp(2) */
#ifndef CORDON_PAM_FILTER_H
#define CORDON_PAM_FILTER_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

#if defined(__x86_64__) && !defined(__ILP32__)
#define AUDIT_NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define AUDIT_NATIVE AUDIT_ARCH_AARCH64
#else
#error "the filter knows x86-64 and little-endian arm64 only"
#endif

#define LOAD(field)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)

#endif
