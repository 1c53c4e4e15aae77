/* SPDX-License-Identifier: MIT */
/* Exits with 3 when the kernel has set AT_SECURE for it, else with 0. */
#include <sys/auxv.h>

int main(void)
{
	return getauxval(AT_SECURE) ? 3 : 0;
}
