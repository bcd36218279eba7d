/* SPDX-License-Identifier: Apache-2.0 */
/* true.c - linked statically: what every sandbox is given to start */
int main(void)
{
	return 0;
}
