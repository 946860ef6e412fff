/*
 * Preloaded into giga: lets one call of the system fail, or kills the process at it. Knows no formats.
 *
 * What it does comes from the environment, and only calls on paths below FAULT_BELOW count:
 *   FAULT_CALL   which call: write, fdatasync, fsync, rename, link, open (for writing), mkdir, unlink, or any
 *   FAULT_AT     which of them, from 1; FAULT_TIMES  how many from there on (0: all)
 *   FAULT_WITH   the error number; 0: nothing is written, and that is no error; -1: the process is killed
 *   FAULT_LOG    a file that gets a line `CALL PATH` for each call that counts, and `HIT CALL PATH` for each that was made to fail
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char below[4096], call_name[32];
static size_t below_length;
static long first, times, with;
static int log_fd = -1;
static atomic_long seen;

#define LOG_LINES 100000 /* whoever goes in circles does not fill the disk */
static atomic_long said;

static void say(const char *head, const char *name, const char *path) {
  char line[5000];
  int length = snprintf(line, sizeof line, "%s%s %s\n", head, name, path);
  if (log_fd >= 0 && atomic_fetch_add(&said, 1) < LOG_LINES) syscall(SYS_write, log_fd, line, length);
}

__attribute__((constructor)) static void begin(void) {
  const char *text = getenv("FAULT_BELOW");
  unsetenv("LD_PRELOAD"); /* what giga starts is left alone */
  if (text == NULL) return;
  snprintf(below, sizeof below, "%s", text);
  snprintf(call_name, sizeof call_name, "%s", getenv("FAULT_CALL") ? getenv("FAULT_CALL") : "");
  first = getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : 1;
  times = getenv("FAULT_TIMES") ? atol(getenv("FAULT_TIMES")) : 1;
  with = getenv("FAULT_WITH") ? atol(getenv("FAULT_WITH")) : EIO;
  if (getenv("FAULT_LOG")) log_fd = syscall(SYS_openat, AT_FDCWD, getenv("FAULT_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  below_length = strlen(below);
}

/* Whether this call is the one. */
static int is_hit(const char *name, const char *path) {
  if (below_length == 0 || strncmp(path, below, below_length) != 0) return 0;
  if (path[below_length] != '/' && path[below_length] != 0) return 0;
  say("", name, path);
  if (strcmp(call_name, "any") != 0 && strcmp(call_name, name) != 0) return 0;
  long number = atomic_fetch_add(&seen, 1) + 1;
  if (number < first || (times > 0 && number >= first + times)) return 0;
  say("HIT ", name, path);
  if (with == -1) kill(getpid(), SIGKILL);
  return 1;
}

static int is_hit_fd(const char *name, int fd) {
  char link[64], path[4096];
  if (below_length == 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_hit(name, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define REFUSE do { errno = (int)with; return -1; } while (0)

ssize_t write(int fd, const void *bytes, size_t count) {
  if (is_hit_fd("write", fd)) {
    if (with == 0) return 0;
    if (count > 1) REAL(write)(fd, bytes, count / 2); /* torn: a part of it is there */
    REFUSE;
  }
  return REAL(write)(fd, bytes, count);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (is_hit_fd("write", fd)) { if (with == 0) return 0; REFUSE; }
  return REAL(writev)(fd, parts, count);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  if (is_hit_fd("write", fd)) { if (with == 0) return 0; REFUSE; }
  return REAL(pwrite64)(fd, bytes, count, at);
}
int fdatasync(int fd) { if (is_hit_fd("fdatasync", fd) && with > 0) REFUSE; return REAL(fdatasync)(fd); }
int fsync(int fd) { if (is_hit_fd("fsync", fd) && with > 0) REFUSE; return REAL(fsync)(fd); }
int rename(const char *from, const char *to) { if (is_hit("rename", to) && with > 0) REFUSE; return REAL(rename)(from, to); }
int link(const char *from, const char *to) { if (is_hit("link", to) && with > 0) REFUSE; return REAL(link)(from, to); }
int mkdir(const char *path, mode_t mode) { if (is_hit("mkdir", path) && with > 0) REFUSE; return REAL(mkdir)(path, mode); }
int unlink(const char *path) { if (is_hit("unlink", path) && with > 0) REFUSE; return REAL(unlink)(path); }
int open64(const char *path, int flags, ...) {
  mode_t mode = 0;
  if (flags & (O_CREAT | O_TMPFILE)) {
    __builtin_va_list rest;
    __builtin_va_start(rest, flags);
    mode = __builtin_va_arg(rest, mode_t);
    __builtin_va_end(rest);
  }
  if ((flags & O_ACCMODE) != O_RDONLY && is_hit("open", path) && with > 0) REFUSE;
  return REAL(open64)(path, flags, mode);
}
