/*
 * What runs first when lca is started, before the dynamic loader: makes sure that the libraries Node needs besides
 * glibc are there.
 *
 * Node is linked against libstdc++, libgcc_s and libatomic, which a node may lack. The executable carries them (see
 * carry-libraries.ts). The kernel finds no interpreter in it and so starts this code directly. It puts each library that is
 * not on the machine into a memory file and names these in LD_PRELOAD, loads the machine's own dynamic loader where
 * the kernel would have, and hands over to it: from there on everything is as in any other program. cli/run.ts takes
 * LD_PRELOAD back before anything is started from it.
 *
 * No library may be used here, not even libc; x86-64 only.
 */

typedef unsigned long u64;
typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;

enum { SYS_read = 0, SYS_open = 2, SYS_close = 3, SYS_mmap = 9, SYS_write = 1, SYS_pread = 17, SYS_access = 21,
       SYS_sendfile = 40, SYS_exit = 231, SYS_memfd_create = 319 };
enum { O_RDONLY = 0, O_CLOEXEC = 02000000, R_OK = 4, MFD_CLOEXEC = 1 };
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, MAP_PRIVATE = 2, MAP_FIXED = 16, MAP_ANONYMOUS = 32 };
enum { PT_LOAD = 1, PF_X = 1, PF_W = 2, PF_R = 4 };
enum { AT_NULL = 0, AT_PHDR = 3, AT_PHNUM = 5, AT_BASE = 7, AT_ENTRY = 9 };
enum { PAGE = 4096, MOST_HEADERS = 16, TEXT = 1024 };

struct elf_header { u8 ident[16]; u16 type, machine; u32 version; u64 entry, phoff, shoff; u32 flags;
                    u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx; };
struct program_header { u32 type, flags; u64 offset, vaddr, paddr, filesz, memsz, align; };

/* Filled in by start-code.ts, which finds it by its magic. */
struct library { char name[32]; u64 offset, size; };
struct payload {
  char magic[16];
  u64 entry;             /* where Node itself starts */
  u64 headers, count;    /* address and number of its program headers as the loader should see them */
  char interpreter[64];  /* the machine's dynamic loader */
  struct library libraries[3];
};
__attribute__((used)) volatile struct payload payload = { .magic = "lca-start-here!" };

static const char DIRECTORIES[][32] = {
  "/lib64/", "/usr/lib64/", "/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/usr/lib/", "/lib/",
};

static long call(long number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  long result;
  register u64 r10 __asm__("r10") = d;
  register u64 r8 __asm__("r8") = e;
  register u64 r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static void copy(void *to, const volatile void *from, u64 n) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static void zero(void *to, u64 n) {
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(0) : "memory");
}

static u64 length(const volatile char *s) {
  u64 n = 0;
  while (s[n]) n += 1;
  return n;
}

static char *append(char *to, const volatile char *text) {
  u64 n = length(text);
  copy(to, text, n);
  return to + n;
}

static void die(const char *message) {
  call(SYS_write, 2, (u64)message, length(message), 0, 0, 0);
  call(SYS_exit, 127, 0, 0, 0, 0, 0);
}

static int on_machine(const volatile char *name) {
  for (u64 i = 0; i < sizeof DIRECTORIES / sizeof *DIRECTORIES; i += 1) {
    char path[96];
    *append(append(path, DIRECTORIES[i]), name) = 0;
    if (call(SYS_access, (u64)path, R_OK, 0, 0, 0, 0) == 0) return 1;
  }
  return 0;
}

/* The library as a memory file; negative if that cannot be had (the loader will then say what is missing). */
static int unpack(const volatile struct library *library) {
  int self = call(SYS_open, (u64) "/proc/self/exe", O_RDONLY | O_CLOEXEC, 0, 0, 0, 0);
  int file = call(SYS_memfd_create, (u64)library->name, MFD_CLOEXEC, 0, 0, 0, 0);
  if (self < 0 || file < 0) return -1;
  u64 offset = library->offset, left = library->size;
  while (left > 0) {
    long n = call(SYS_sendfile, file, self, (u64)&offset, left, 0, 0);
    if (n <= 0) return -1;
    left -= n;
  }
  call(SYS_close, self, 0, 0, 0, 0, 0);
  return file;
}

/* Writes "LD_PRELOAD=<missing libraries>[:<what was there>]" to `at`; tells whether any is missing. */
static int preload(char *at, const char *before) {
  int any = 0;
  for (int i = 0; i < 3; i += 1) {
    const volatile struct library *library = &payload.libraries[i];
    if (library->size == 0 || on_machine(library->name)) continue;
    int file = unpack(library);
    if (file < 0 || file > 99) continue;
    at = append(at, any ? ":/proc/self/fd/" : "LD_PRELOAD=/proc/self/fd/");
    if (file >= 10) *at++ = '0' + file / 10;
    *at++ = '0' + file % 10;
    any = 1;
  }
  if (before && length(before) < TEXT - 128) at = append(append(at, ":"), before);
  *at = 0;
  return any;
}

/* Maps the dynamic loader as the kernel does; returns where, and its entry point in `entry`. */
static u64 load(const volatile char *path, u64 *entry) {
  struct elf_header header;
  struct program_header headers[MOST_HEADERS];
  int file = call(SYS_open, (u64)path, O_RDONLY | O_CLOEXEC, 0, 0, 0, 0);
  if (file < 0) die("lca: there is no /lib64/ld-linux-x86-64.so.2: this machine has no glibc.\n");
  call(SYS_pread, file, (u64)&header, sizeof header, 0, 0, 0);
  if (header.phnum > MOST_HEADERS) die("lca: the dynamic loader has an unexpected form.\n");
  call(SYS_pread, file, (u64)headers, header.phnum * sizeof *headers, header.phoff, 0, 0);
  u64 end = 0;
  for (int i = 0; i < header.phnum; i += 1) {
    u64 to = headers[i].vaddr + headers[i].memsz;
    if (headers[i].type == PT_LOAD && to > end) end = to;
  }
  end = (end + PAGE - 1) & -PAGE;
  u64 base = call(SYS_mmap, 0, end, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base > -4096UL) die("lca: no memory for the dynamic loader.\n");
  for (int i = 0; i < header.phnum; i += 1) {
    struct program_header *part = &headers[i];
    if (part->type != PT_LOAD) continue;
    u64 protection = (part->flags & PF_R ? PROT_READ : 0) | (part->flags & PF_W ? PROT_WRITE : 0) |
                     (part->flags & PF_X ? PROT_EXEC : 0);
    u64 from = base + (part->vaddr & -PAGE), in_page = part->vaddr & (PAGE - 1);
    u64 file_end = base + part->vaddr + part->filesz, memory_end = base + part->vaddr + part->memsz;
    u64 pages_end = (file_end + PAGE - 1) & -PAGE;
    long mapped = call(SYS_mmap, from, part->filesz + in_page, protection, MAP_PRIVATE | MAP_FIXED, file,
                       part->offset - in_page);
    if ((u64)mapped != from) die("lca: the dynamic loader cannot be mapped.\n");
    if (memory_end > file_end && part->flags & PF_W) zero((void *)file_end, pages_end - file_end);
    if (memory_end > pages_end)
      call(SYS_mmap, pages_end, memory_end - pages_end, protection, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
  }
  call(SYS_close, file, 0, 0, 0, 0, 0);
  *entry = base + header.entry;
  return base;
}

static u64 words(u64 *stack) {
  u64 n = 1 + stack[0] + 1;
  while (stack[n]) n += 1;
  n += 1;
  while (stack[n] != AT_NULL) n += 2;
  return n + 2;
}

/* How many bytes of stack `prepare` needs to build in. */
__attribute__((used)) u64 room(u64 *stack) {
  return ((words(stack) + 1) * sizeof *stack + TEXT + 15) & -16UL;
}

/*
 * `stack` is what the kernel gave: argc, argv, 0, environment, 0, auxiliary vector, 0. Builds the same at `to`, but
 * with LD_PRELOAD set, and with the addresses of the loader and of Node in the auxiliary vector. Returns where to go.
 */
__attribute__((used)) u64 prepare(u64 *stack, u64 *to) {
  static const char NAME[] = "LD_PRELOAD=";
  char *text = (char *)(to + words(stack) + 1);
  u64 before = 1 + stack[0] + 1, at = before, ours = 0;
  for (; stack[at]; at += 1) {
    const char *variable = (const char *)stack[at];
    u64 i = 0;
    while (NAME[i] && variable[i] == NAME[i]) i += 1;
    if (!NAME[i]) ours = at;
  }
  copy(to, stack, at * sizeof *to);
  u64 end = at;
  if (preload(text, ours ? (const char *)stack[ours] + sizeof NAME - 1 : 0)) to[ours ? ours : end++] = (u64)text;
  to[end++] = 0;
  u64 entry, base = load(payload.interpreter, &entry);
  for (at += 1;; at += 2, end += 2) {
    to[end] = stack[at];
    switch (stack[at]) {
      case AT_PHDR: to[end + 1] = payload.headers; break;
      case AT_PHNUM: to[end + 1] = payload.count; break;
      case AT_BASE: to[end + 1] = base; break;
      case AT_ENTRY: to[end + 1] = payload.entry; break;
      default: to[end + 1] = stack[at + 1];
    }
    if (stack[at] == AT_NULL) return entry;
  }
}

/* The kernel starts here. */
__asm__(
    ".section .text.start, \"ax\"\n"
    ".globl _start\n"
    "_start:\n"
    "  mov %rsp, %rbx\n"
    "  mov %rbx, %rdi\n"
    "  call room\n"
    "  mov %rbx, %rdi\n"
    "  sub %rax, %rsp\n"
    "  mov %rsp, %rbp\n"
    "  mov %rsp, %rsi\n"
    "  call prepare\n"
    "  mov %rbp, %rsp\n"
    "  xor %edx, %edx\n"
    "  xor %ebp, %ebp\n"
    "  xor %ebx, %ebx\n"
    "  jmp *%rax\n"
    ".text\n");
