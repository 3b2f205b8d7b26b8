/*
 * keep -- a CGI program that only keeps what it was sent, as a mail box does: file, sync, rename,
 * sync.  No settings, no key, no limits, no wall: what the disk alone asks of any that keeps its word.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
main(void)
{
	static const char answer[] = "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n";
	static char body[65536];
	const char *where = getenv("BENCH_KEEP");
	char name[32];
	ssize_t n = read(STDIN_FILENO, body, sizeof(body));
	int tmp, new, fd;

	(void)snprintf(name, sizeof(name), "%ld", (long)getpid());
	if (n <= 0 || where == NULL || chdir(where) == -1 ||
	    (tmp = open("tmp", O_RDONLY | O_DIRECTORY)) == -1 ||
	    (new = open("new", O_RDONLY | O_DIRECTORY)) == -1 ||
	    (fd = openat(tmp, name, O_WRONLY | O_CREAT | O_TRUNC, 0640)) == -1 ||
	    write(fd, body, (size_t)n) != n || fsync(fd) == -1 || renameat(tmp, name, new, name) == -1 ||
	    fsync(new) == -1)
		return 1;
	return write(STDOUT_FILENO, answer, sizeof(answer) - 1) == -1;
}
