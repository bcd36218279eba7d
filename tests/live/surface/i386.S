/* SPDX-License-Identifier: Apache-2.0 */
/* i386.S - a 32-bit program without any library: writes a line and ends */
	.globl	_start
_start:
	movl	$4, %eax
	movl	$1, %ebx
	movl	$text, %ecx
	movl	$8, %edx
	int	$0x80
	movl	$1, %eax
	xorl	%ebx, %ebx
	int	$0x80
	.data
text:	.ascii	"i386 ran"
	.section .note.GNU-stack, "", @progbits
