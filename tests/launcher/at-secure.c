/* SPDX-License-Identifier: MIT */
/* Its exit status says whether the kernel has set AT_SECURE for it. */
#include <sys/auxv.h>

int main(void)
{
	return getauxval(AT_SECURE) ? 1 : 0;
}
