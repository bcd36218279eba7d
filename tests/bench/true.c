/* SPDX-License-Identifier: Apache-2.0 */
/* true.c - a static program that each sandbox starts */
int main(void)
{
	return 0;
}
