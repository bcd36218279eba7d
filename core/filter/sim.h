/* SPDX-License-Identifier: Apache-2.0 */
/* sim.h - runs a seccomp filter in place of the kernel, and counts */
#ifndef CORDON_FILTER_SIM_H
#define CORDON_FILTER_SIM_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * struct walk - one run of a filter
 * @ret:     SECCOMP_RET_*, SIM_BROKEN for a program that the kernel refuses
 * @insns:   instructions walked
 * @on_arch_and_number_alone: the program looked at nothing else, so that the kernel (5.11) need
 *           not run it again for this call when it allows; seccomp_is_const_allow() in
 *           kernel/seccomp.c takes these instructions and no others
 */
struct walk {
	uint32_t ret;
	unsigned insns;
	bool on_arch_and_number_alone;
};
#define SIM_BROKEN 0xdeadbeefu

/**
 * bpf_sim - run the @n instructions of @f for the call @d
 */
static inline struct walk bpf_sim(const struct sock_filter *f, size_t n,
				  const struct seccomp_data *d)
{
	struct walk w = { .ret = SIM_BROKEN, .on_arch_and_number_alone = true };
	uint32_t a = 0;

	for (size_t pc = 0; pc < n; pc++) {
		const struct sock_filter *i = &f[pc];
		bool jump;

		w.insns++;
		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (i->k % 4 != 0 || i->k + 4 > sizeof *d)
				return w;
			memcpy(&a, (const char *)d + i->k, 4);
			if (i->k != offsetof(struct seccomp_data, nr) &&
			    i->k != offsetof(struct seccomp_data, arch))
				w.on_arch_and_number_alone = false;
			continue;
		case BPF_RET | BPF_K:
			w.ret = i->k;
			return w;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			jump = a == i->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			jump = a >= i->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			jump = a > i->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			jump = (a & i->k) != 0;
			break;
		default:
			w.on_arch_and_number_alone = false;
			return w;
		}
		pc += jump ? i->jt : i->jf;
	}
	return w; /* it ran off its end */
}

#endif
