/* SPDX-License-Identifier: MIT */
/*
 * Reads ELF headers, see elf(5). The file may be cut short or made to harm:
 * every read is bounded and checked, and nothing is mapped, since a file that
 * shrinks under a mapping ends its reader with SIGBUS.
 */
#include "launcher/elffile.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef ElfW(Ehdr) elf_header;
typedef ElfW(Phdr) elf_segment;
typedef ElfW(Nhdr) elf_note;
typedef ElfW(Shdr) elf_section;

/* As the kernel has it (load_elf_phdrs() in fs/binfmt_elf.c). */
#define SEGMENTS_MAX (65536 / sizeof(elf_segment))

#define WINDOW	     65536

/* Past what a file can have, with a window behind it. */
static bool is_too_far(uint64_t offset)
{
	return offset > (uint64_t)INT64_MAX - WINDOW;
}

/* Reads exactly size bytes, a window at most; fewer there are -ENOEXEC. */
static int read_at(int fd, void *buf, size_t size, uint64_t offset)
{
	ssize_t n;

	if (is_too_far(offset))
		return -ENOEXEC;
	n = pread(fd, buf, size, (off_t)offset);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -ENOEXEC;
}

static bool is_same_layout(const elf_header *header)
{
	uint16_t one = 1;
	unsigned char order =
		*(unsigned char *)&one ? ELFDATA2LSB : ELFDATA2MSB;
	unsigned char class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;

	return header->e_ident[EI_CLASS] == class &&
	       header->e_ident[EI_DATA] == order;
}

/* e_ident, e_type and e_machine have the same place in every layout. */
static int read_ident(int fd, elf_header *header, struct elf_facts *facts)
{
	int ret = read_at(fd, header, offsetof(elf_header, e_version), 0);

	if (ret < 0)
		return ret;
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	facts->class = header->e_ident[EI_CLASS];
	facts->data = header->e_ident[EI_DATA];
	facts->machine = header->e_machine;
	facts->same_layout = is_same_layout(header);
	return 0;
}

static int read_interp(int fd, const elf_segment *segment,
		       struct elf_facts *facts)
{
	size_t size = segment->p_filesz;
	int ret;

	if (size < 2 || size > sizeof(facts->interp))
		return -ENOEXEC;
	ret = read_at(fd, facts->interp, size, segment->p_offset);
	if (ret == 0 && facts->interp[size - 1] != '\0')
		ret = -ENOEXEC;
	if (ret < 0)
		facts->interp[0] = '\0';
	return ret;
}

/* At most WINDOW bytes of what lies there; how many there are, or 0. */
static size_t read_window(int fd, uint64_t offset, uint64_t size, char *window)
{
	ssize_t n;

	if (size > WINDOW)
		size = WINDOW;
	if (is_too_far(offset))
		return 0;
	n = pread(fd, window, size, (off_t)offset);
	return n < 0 ? 0 : (size_t)n;
}

/* The Go linker's build identifier: a note of the owner "Go". */
static bool has_go_note(const char *notes, size_t size)
{
	elf_note note;
	size_t at = 0, length;

	while (at < size && size - at >= sizeof(note)) {
		memcpy(&note, notes + at, sizeof(note));
		at += sizeof(note);
		if (note.n_namesz >= 3 && size - at >= 3 &&
		    memcmp(notes + at, "Go", 3) == 0)
			return true;
		if (note.n_namesz > size || note.n_descsz > size)
			return false;
		length = ((note.n_namesz + 3) & ~(size_t)3) +
			 ((note.n_descsz + 3) & ~(size_t)3);
		if (length > size - at)
			return false;
		at += length;
	}
	return false;
}

/*
 * The header of Go's build information: it begins the data of every Go
 * program since 1.13, those too that were linked without the note (see Go's
 * debug/buildinfo, which looks at the same 64 KiB).
 */
static bool has_go_buildinfo(const char *data, size_t size)
{
	static const char magic[] = "\xff Go buildinf:";

	return memmem(data, size, magic, sizeof(magic) - 1) != NULL;
}

static bool is_go_segment(int fd, const elf_segment *segment)
{
	static char window[WINDOW];
	size_t size;

	if (segment->p_type != PT_NOTE &&
	    !(segment->p_type == PT_LOAD && (segment->p_flags & PF_W)))
		return false;
	size = read_window(fd, segment->p_offset, segment->p_filesz, window);
	return segment->p_type == PT_NOTE ? has_go_note(window, size)
					  : has_go_buildinfo(window, size);
}

/*
 * Free Pascal's linker scripts keep its identifier in a section .fpcdata or
 * .fpc, through strip(1) too. The kernel needs no sections: a table of them
 * that is not there, or wrong, is no error.
 */
static bool has_fpc_section(int fd, const elf_header *header)
{
	static char window[WINDOW];
	elf_section names;

	if (header->e_shentsize != sizeof(names) ||
	    header->e_shstrndx >= header->e_shnum ||
	    is_too_far(header->e_shoff) ||
	    read_at(fd, &names, sizeof(names),
		    header->e_shoff + header->e_shstrndx * sizeof(names)) < 0)
		return false;
	return memmem(window,
		      read_window(fd, names.sh_offset, names.sh_size, window),
		      "\0.fpc", 5) != NULL;
}

static bool lies_inside(const elf_segment *segment, uint64_t file_size)
{
	return segment->p_type != PT_LOAD ||
	       (segment->p_offset <= file_size &&
		segment->p_filesz <= file_size - segment->p_offset);
}

static int read_segments(int fd, const elf_header *header, uint64_t file_size,
			 struct elf_facts *facts)
{
	elf_segment segment;
	int ret;

	facts->whole = true;
	for (size_t i = 0; i < header->e_phnum; i++) {
		if (is_too_far(header->e_phoff))
			return -ENOEXEC;
		ret = read_at(fd, &segment, sizeof(segment),
			      header->e_phoff + i * sizeof(segment));
		if (ret == 0 && segment.p_type == PT_INTERP &&
		    !facts->interp[0])
			ret = read_interp(fd, &segment, facts);
		if (ret < 0)
			return ret;
		facts->go = facts->go || is_go_segment(fd, &segment);
		facts->whole = facts->whole && lies_inside(&segment, file_size);
	}
	return 0;
}

int elf_read(int fd, struct elf_facts *facts)
{
	elf_header header;
	struct stat st;
	int ret;

	memset(facts, 0, sizeof(*facts));
	ret = read_ident(fd, &header, facts);
	if (ret < 0 || !facts->same_layout)
		return ret;
	if (fstat(fd, &st) < 0)
		return -errno;
	ret = read_at(fd, &header, sizeof(header), 0);
	if (ret < 0)
		return ret;
	if (header.e_phentsize != sizeof(elf_segment) || header.e_phnum == 0 ||
	    header.e_phnum > SEGMENTS_MAX)
		return -ENOEXEC;
	facts->pascal = has_fpc_section(fd, &header);
	return read_segments(fd, &header, (uint64_t)st.st_size, facts);
}
