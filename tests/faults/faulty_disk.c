/* A disk that fails on demand: loaded into one gateway with LD_PRELOAD, steered and counted through a mapped file.
 *
 *   DRILL_DISK_FOLDER    what lies below it is hurt
 *   DRILL_DISK_CONTROL   a file of 8 int32: mode, writes left, milliseconds, bites
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PASS = 0, FULL = 1, READ_ONLY = 2, FULL_AFTER = 3, SLOW_SYNC = 4, SYNC_FAILS = 5 };

struct control { int32_t mode, left, milliseconds, bites; };

static volatile struct control *control;
static const char *folder;
static size_t folder_length;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("DRILL_DISK_CONTROL");
    folder = getenv("DRILL_DISK_FOLDER");
    if (!file || !folder) return;
    folder_length = strlen(folder);
    int fd = open(file, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void *mapped = mmap(NULL, 32, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED) control = mapped;
}

static int below(const char *path) { return path && strncmp(path, folder, folder_length) == 0; }

static int ours(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return below(path);
}

static void bite(void) { __atomic_add_fetch(&control->bites, 1, __ATOMIC_SEQ_CST); }

/* The error a write meets now; 0 for none. */
static int write_error(int fd) {
    if (!control || control->mode == PASS || control->mode >= SLOW_SYNC || !ours(fd)) return 0;
    if (control->mode == FULL_AFTER && __atomic_sub_fetch(&control->left, 1, __ATOMIC_SEQ_CST) >= 0) return 0;
    bite();
    return control->mode == READ_ONLY ? EROFS : ENOSPC;
}

static int name_error(const char *path) {
    if (!control || control->mode != READ_ONLY || !below(path)) return 0;
    bite();
    return EROFS;
}

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)
#define FAIL_IF(error) do { int e = (error); if (e) { errno = e; return -1; } } while (0)

ssize_t write(int fd, const void *b, size_t n) { REAL(ssize_t, "write", int, const void *, size_t); FAIL_IF(write_error(fd)); return real(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { REAL(ssize_t, "pwrite", int, const void *, size_t, off_t); FAIL_IF(write_error(fd)); return real(fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t); FAIL_IF(write_error(fd)); return real(fd, b, n, o); }
ssize_t writev(int fd, const struct iovec *v, int n) { REAL(ssize_t, "writev", int, const struct iovec *, int); FAIL_IF(write_error(fd)); return real(fd, v, n); }
int ftruncate(int fd, off_t n) { REAL(int, "ftruncate", int, off_t); FAIL_IF(write_error(fd)); return real(fd, n); }
int ftruncate64(int fd, off64_t n) { REAL(int, "ftruncate64", int, off64_t); FAIL_IF(write_error(fd)); return real(fd, n); }

static int sync_error(int fd) {
    if (!control || control->mode < SLOW_SYNC || !ours(fd)) return 0;
    bite();
    if (control->mode == SYNC_FAILS) return EIO;
    usleep((useconds_t)control->milliseconds * 1000);
    return 0;
}
int fsync(int fd) { REAL(int, "fsync", int); FAIL_IF(sync_error(fd)); return real(fd); }
int fdatasync(int fd) { REAL(int, "fdatasync", int); FAIL_IF(sync_error(fd)); return real(fd); }

int rename(const char *a, const char *b) { REAL(int, "rename", const char *, const char *); FAIL_IF(name_error(b)); return real(a, b); }
int unlink(const char *a) { REAL(int, "unlink", const char *); FAIL_IF(name_error(a)); return real(a); }
int mkdir(const char *a, mode_t m) { REAL(int, "mkdir", const char *, mode_t); FAIL_IF(name_error(a)); return real(a, m); }

#define OPENED(symbol) \
int symbol(const char *path, int flags, ...) { \
    REAL(int, #symbol, const char *, int, ...); \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
    if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT)) FAIL_IF(name_error(path)); \
    return real(path, flags, mode); \
}
OPENED(open)
OPENED(open64)
