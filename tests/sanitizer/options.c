/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - linked to cordon-login and cordon-keeper in sanitizer builds: they start with an empty environment
 *
 * Nobody could be traced by the leak checker: the keeper is not dumpable.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0:log_path=/run/host/sanitizer";
}

__attribute__((visibility("default"))) const char *__ubsan_default_options(void)
{
	return "log_path=/run/host/sanitizer";
}
