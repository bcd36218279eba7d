/* SPDX-License-Identifier: Apache-2.0 */
/* native.h - what differs from one processor to the other in system calls */
#ifndef CORDON_BASE_NATIVE_H
#define CORDON_BASE_NATIVE_H

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>

/* AUDIT_NATIVE: what the kernel calls this program's ABI in struct seccomp_data */
#if defined(__x86_64__) && !defined(__ILP32__)
#define AUDIT_NATIVE AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define AUDIT_NATIVE AUDIT_ARCH_I386
#elif defined(__aarch64__) && defined(__AARCH64EL__) && !defined(__ILP32__)
#define AUDIT_NATIVE AUDIT_ARCH_AARCH64
#elif defined(__ARM_EABI__) && defined(__ARMEL__)
#define AUDIT_NATIVE AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define AUDIT_NATIVE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define AUDIT_NATIVE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define AUDIT_NATIVE AUDIT_ARCH_S390X
#else
#error "the system calls of this processor are not known; add it here"
#endif

/*
 * Where the low 32 bits of a call's argument @n are in struct seccomp_data. On 32-bit processors the
 * upper half is zero.
 */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define SECCOMP_ARG_LOW(n) (offsetof(struct seccomp_data, args[n]) + 4)
#else
#define SECCOMP_ARG_LOW(n) offsetof(struct seccomp_data, args[n])
#endif

#endif
