/* SPDX-License-Identifier: MIT */
/*
 * Text that grows, and lists of words. Everything made here lives until
 * words_release(); without memory the command ends, with status 125.
 */
#ifndef TCP2VSOCK_LAUNCHER_IMPORT_WORDS_H
#define TCP2VSOCK_LAUNCHER_IMPORT_WORDS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
	char *s; /* NULL, or ends in '\0' */
	size_t n;
};

/* v[n] is NULL once something has been added; v is NULL before. */
struct words {
	char **v;
	size_t n;
};

void text_add(struct text *text, const char *s, size_t n);
void text_add_string(struct text *text, const char *s);

/* What has been gathered, never NULL; the text is empty again. */
char *text_take(struct text *text);

void words_add(struct words *words, char *word);
void words_add_all(struct words *words, char *const *more);

/* The words with blanks between them. */
char *words_join(char *const *words);

/* Room for anything, not set to anything. */
void *words_room(size_t size);

char *words_copy(const char *s, size_t n);
char *words_copy_string(const char *s);
char *words_format(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
char *words_format_list(const char *format, va_list args);

/* "NAME" of "/bin/NAME". */
const char *words_base(const char *path);

bool starts_with(const char *text, const char *start);

/* Whether " a b c ", blanks around each, has the word. */
bool words_in(const char *list, const char *word);

/*
 * The value of an option in argv, "--name V", "--name=V", "-n V" or "-nV", by
 * its spellings: "-n --name". NULL: it is not there.
 */
char *words_option(char **argv, const char *options);

void words_release(void);

#endif
