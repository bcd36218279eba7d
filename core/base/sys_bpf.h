/* SPDX-License-Identifier: Apache-2.0 */
/* sys_bpf.h - programs of control groups, by bpf(2): 0 (or a descriptor) or -errno; see sys.h */
#ifndef CORDON_BASE_SYS_BPF_H
#define CORDON_BASE_SYS_BPF_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

enum { SYS_BPF_PROGRAMS = 64 }; /* what one group can have of a type */

/* A trie of prefixes that programs can only read: a key is struct bpf_lpm_trie_key, a value one byte. */
int sys_bpf_trie(const char *name, size_t key_size, size_t n);
int sys_bpf_put(int map, const void *key);
int sys_bpf_freeze(int map); /* nobody can change it from here on */
int sys_bpf_next(int map, const void *key,
		 void *ret); /* NULL: the first; -ENOENT: there is no more */

/* Programs of a group, for its sockets. */
int sys_bpf_load(const char *name, enum bpf_prog_type type, enum bpf_attach_type at,
		 const struct bpf_insn *insns, size_t n);
int sys_bpf_attach(int group, enum bpf_attach_type at, int program); /* beside all others */

/**
 * struct sys_bpf_found - the programs of one group
 * @id: the first @n are numbers for sys_bpf_program()
 * @flags: how they are attached, BPF_F_ALLOW_MULTI
 */
struct sys_bpf_found {
	uint32_t n, flags;
	uint32_t id[SYS_BPF_PROGRAMS];
};
int sys_bpf_query(int group, enum bpf_attach_type at, struct sys_bpf_found *ret);

int sys_bpf_program(uint32_t id); /* opens it */
int sys_bpf_map(uint32_t id);	  /* the same, for reading */

/**
 * struct sys_bpf_info - what the kernel says of a program
 * @tag:   a checksum of the instructions, which does not tell maps apart
 * @maps:  the number of maps, of which @map is the first one's number for sys_bpf_map()
 */
struct sys_bpf_info {
	uint8_t tag[BPF_TAG_SIZE];
	uint32_t maps, map;
};
int sys_bpf_info(int program, struct sys_bpf_info *ret);

#endif
