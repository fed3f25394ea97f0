#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

enum { SECRET_LIMIT = 64 * 1024 };

static void fd_auto(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static int errno_set(struct error *err, const char *path)
{
    static const struct {
        int number, code;
    } codes[] = {{ENOENT, ERR_NOT_FOUND}, {ENOTDIR, ERR_NOT_FOUND}, {EACCES, ERR_PERMISSION}, {EPERM, ERR_PERMISSION}};
    int number = errno, code = ERR_IO;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i].number == number)
            code = codes[i].code;
    char text[128];
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
    return error_set(err, code, "%s: %s", path, strerror_r(number, text, sizeof(text)));
#else
    if (strerror_r(number, text, sizeof(text)) != 0)
        return error_set(err, code, "%s: error %d", path, number);
    return error_set(err, code, "%s: %s", path, text);
#endif
}

/* An open regular file, or a negative code. Opened without blocking: a FIFO would wait for a writer for ever. */
static int regular_open(const char *path, struct stat *ret_stat, struct error *err)
{
    AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, ret_stat) < 0)
        return errno_set(err, path);
    if (S_ISDIR(ret_stat->st_mode))
        return error_set(err, ERR_INVALID, "%s: is a directory", path);
    if (!S_ISREG(ret_stat->st_mode))
        return error_set(err, ERR_INVALID, "%s: is not a regular file", path);
    int opened = fd;
    fd = -1;
    return opened;
}

/* All of `fd`, at most `limit` bytes. One byte more is asked for, to see whether there is more; what is left behind is wiped, it may be a secret. */
static int read_all(int fd, const char *path, size_t expected, size_t limit, struct error *err, char **ret_data, size_t *ret_len)
{
    size_t cap = (expected < limit ? expected : limit) + 2, len = 0;
    char *data = xmalloc(cap);
    for (;;) {
        if (len + 1 == cap) { /* longer than it said: it grew, or is one of /proc */
            char *larger = xmalloc(cap * 2);
            memcpy(larger, data, len);
            explicit_bzero(data, len);
            free(data);
            data = larger;
            cap *= 2;
        }
        ssize_t got = read(fd, data + len, cap - 1 - len);
        if (got < 0 && errno == EINTR)
            continue;
        int failed = 0;
        if (got < 0)
            failed = errno_set(err, path);
        else if (len + (size_t)got > limit)
            failed = error_set(err, ERR_LIMIT, "%s: is larger than %zu bytes", path, limit);
        len += got > 0 ? (size_t)got : 0;
        if (failed) {
            explicit_bzero(data, len);
            free(data);
            return failed;
        }
        if (got == 0)
            break;
    }
    data[len] = '\0';
    *ret_data = data;
    *ret_len = len;
    return 0;
}

int file_read(const char *path, size_t limit, char **ret_data, size_t *ret_len, struct error *err)
{
    struct stat st = {0};
    AUTO(fd) int fd = regular_open(path, &st, err);
    if (fd < 0)
        return fd;
    if ((uintmax_t)st.st_size > limit)
        return error_set(err, ERR_LIMIT, "%s: is larger than %zu bytes", path, limit);
    return read_all(fd, path, (size_t)st.st_size, limit, err, ret_data, ret_len);
}

int secret_read(const char *path, char **ret_secret, struct error *err)
{
    struct stat st = {0};
    char *secret;
    size_t len;
    AUTO(fd) int fd = regular_open(path, &st, err);
    if (fd < 0)
        return fd;
    if (st.st_mode & 007)
        return error_set(err, ERR_PERMISSION, "%s: holds a secret, but others may read it (mode %04o); run chmod o= on it", path,
                         (unsigned)(st.st_mode & 07777));
    int failed = read_all(fd, path, (size_t)st.st_size, SECRET_LIMIT, err, &secret, &len);
    if (failed)
        return failed;
    if (len > 0 && secret[len - 1] == '\n')
        secret[--len] = '\0';
    if (len > 0 && secret[len - 1] == '\r')
        secret[--len] = '\0';
    bool has_nul = strlen(secret) != len;
    if (len == 0 || has_nul) {
        explicit_bzero(secret, len);
        free(secret);
        return error_set(err, ERR_INVALID, "%s: %s", path, has_nul ? "holds a NUL byte" : "is empty");
    }
    *ret_secret = secret;
    return 0;
}

void secret_free(char *secret)
{
    if (!secret)
        return;
    explicit_bzero(secret, strlen(secret));
    free(secret);
}
