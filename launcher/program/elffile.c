/* SPDX-License-Identifier: MIT */
/*
 * Reads ELF headers, see elf(5). The file may be cut short or made to harm:
 * every read is bounded and checked, and nothing is mapped, since a file that
 * shrinks under a mapping ends its reader with SIGBUS.
 */
#include "launcher/program/elffile.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What 32-bit files have is widened to these as it is read. */
typedef Elf64_Ehdr elf_header;
typedef Elf64_Phdr elf_segment;
typedef Elf64_Shdr elf_section;
typedef Elf64_Nhdr elf_note; /* Elf32_Nhdr is the same */

/* As the kernel has it (load_elf_phdrs() in fs/binfmt_elf.c). */
#define SEGMENTS_MAX (65536 / sizeof(Elf32_Phdr))

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

static bool is_wide(const elf_header *header)
{
	return header->e_ident[EI_CLASS] == ELFCLASS64;
}

static bool is_known_layout(const elf_header *header)
{
	uint16_t one = 1;
	unsigned char order =
		*(unsigned char *)&one ? ELFDATA2LSB : ELFDATA2MSB;

	return header->e_ident[EI_DATA] == order &&
	       (is_wide(header) || header->e_ident[EI_CLASS] == ELFCLASS32);
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
	facts->known_layout = is_known_layout(header);
	return 0;
}

static int read_header(int fd, elf_header *header)
{
	Elf32_Ehdr narrow;
	int ret;

	if (is_wide(header))
		return read_at(fd, header, sizeof(*header), 0);
	ret = read_at(fd, &narrow, sizeof(narrow), 0);
	header->e_phoff = narrow.e_phoff;
	header->e_phentsize = narrow.e_phentsize;
	header->e_phnum = narrow.e_phnum;
	header->e_shoff = narrow.e_shoff;
	header->e_shentsize = narrow.e_shentsize;
	header->e_shnum = narrow.e_shnum;
	header->e_shstrndx = narrow.e_shstrndx;
	return ret;
}

static int read_segment(int fd, const elf_header *header, size_t i,
			elf_segment *segment)
{
	uint64_t at = header->e_phoff + i * header->e_phentsize;
	Elf32_Phdr narrow;
	int ret;

	if (is_too_far(header->e_phoff))
		return -ENOEXEC;
	if (is_wide(header))
		return read_at(fd, segment, sizeof(*segment), at);
	ret = read_at(fd, &narrow, sizeof(narrow), at);
	segment->p_type = narrow.p_type;
	segment->p_flags = narrow.p_flags;
	segment->p_offset = narrow.p_offset;
	segment->p_filesz = narrow.p_filesz;
	return ret;
}

static int read_section(int fd, const elf_header *header, size_t i,
			elf_section *section)
{
	uint64_t at = header->e_shoff + i * header->e_shentsize;
	Elf32_Shdr narrow;
	int ret;

	if (is_too_far(header->e_shoff))
		return -ENOEXEC;
	if (is_wide(header))
		return read_at(fd, section, sizeof(*section), at);
	ret = read_at(fd, &narrow, sizeof(narrow), at);
	section->sh_offset = narrow.sh_offset;
	section->sh_size = narrow.sh_size;
	return ret;
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

/* What the first note of an owner says, *length bytes; NULL: there is none. */
static const char *find_note(const char *notes, size_t size, const char *owner,
			     size_t *length)
{
	size_t at = 0, name_size, name_length = strlen(owner) + 1;
	elf_note note;

	while (size - at >= sizeof(note)) {
		memcpy(&note, notes + at, sizeof(note));
		at += sizeof(note);
		name_size = ((size_t)note.n_namesz + 3) & ~(size_t)3;
		if (name_size > size - at ||
		    note.n_descsz > size - at - name_size)
			return NULL;
		*length = note.n_descsz;
		if (note.n_namesz >= name_length &&
		    memcmp(notes + at, owner, name_length) == 0)
			return notes + at + name_size;
		at += name_size + (((size_t)note.n_descsz + 3) & ~(size_t)3);
		if (at > size)
			return NULL;
	}
	return NULL;
}

static void look_at_notes(const char *notes, size_t size,
			  struct elf_facts *facts)
{
	size_t length;
	const char *ours = find_note(notes, size, "tcp2vsock", &length);

	if (ours)
		snprintf(facts->note, sizeof(facts->note), "%.*s", (int)length,
			 ours);
	/* The Go linker's build identifier. */
	if (find_note(notes, size, "Go", &length))
		facts->go = true;
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

static void look_inside(int fd, const elf_segment *segment,
			struct elf_facts *facts)
{
	static char window[WINDOW];
	bool writable = segment->p_type == PT_LOAD && segment->p_flags & PF_W;
	size_t size;

	if (segment->p_type != PT_NOTE && !writable)
		return;
	size = read_window(fd, segment->p_offset, segment->p_filesz, window);
	if (segment->p_type == PT_NOTE)
		look_at_notes(window, size, facts);
	else if (has_go_buildinfo(window, size))
		facts->go = true;
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

	if (header->e_shentsize != (is_wide(header) ? sizeof(Elf64_Shdr)
						    : sizeof(Elf32_Shdr)) ||
	    header->e_shstrndx >= header->e_shnum ||
	    read_section(fd, header, header->e_shstrndx, &names) < 0)
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
		ret = read_segment(fd, header, i, &segment);
		if (ret == 0 && segment.p_type == PT_INTERP &&
		    !facts->interp[0])
			ret = read_interp(fd, &segment, facts);
		if (ret < 0)
			return ret;
		look_inside(fd, &segment, facts);
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
	if (ret < 0 || !facts->known_layout)
		return ret;
	if (fstat(fd, &st) < 0)
		return -errno;
	ret = read_header(fd, &header);
	if (ret < 0)
		return ret;
	if (header.e_phentsize != (is_wide(&header) ? sizeof(Elf64_Phdr)
						    : sizeof(Elf32_Phdr)) ||
	    header.e_phnum == 0 || header.e_phnum > SEGMENTS_MAX)
		return -ENOEXEC;
	facts->pascal = has_fpc_section(fd, &header);
	return read_segments(fd, &header, (uint64_t)st.st_size, facts);
}
