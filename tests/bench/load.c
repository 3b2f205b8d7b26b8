/*
 * load -- asks a web server for one thing, from several threads, a connection a request.
 *
 *	load PORT PATH BODYFILE THREADS SECONDS
 *
 * Prints "REQUESTS-A-SECOND FAILED": failed ones were not answered 200.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BODY_MAX	65536
#define THREADS_MAX	64

static char request[BODY_MAX + 1024];
static size_t request_len;
static struct sockaddr_in server;
static double until;
static atomic_long good, bad;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
ask(void)
{
	char answer[4096];
	size_t have = 0, put = 0;
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return 0;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&server, sizeof(server)) == -1) {
		close(fd);
		return 0;
	}
	while (put < request_len) {
		ssize_t n = send(fd, request + put, request_len - put, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		put += (size_t)n;
	}
	for (;;) {
		ssize_t n = recv(fd, answer + have, sizeof(answer) - have, 0);

		if (n <= 0)
			break;
		have += (size_t)n;
		if (have == sizeof(answer))
			have = 16;	/* the rest is of no interest */
	}
	close(fd);
	return have >= 12 && memcmp(answer, "HTTP/1.", 7) == 0 && memcmp(answer + 8, " 200", 4) == 0;
}

static void *
run(void *arg)
{
	while (now() < until)
		atomic_fetch_add(ask() ? &good : &bad, 1);
	return arg;
}

int
main(int argc, char *argv[])
{
	static char body[BODY_MAX];
	pthread_t t[THREADS_MAX];
	double began, seconds;
	size_t len;
	long threads, i;
	FILE *f;
	int n;

	if (argc != 6)
		errx(64, "usage: load PORT PATH BODYFILE THREADS SECONDS");
	if ((f = fopen(argv[3], "r")) == NULL)
		err(66, "%s", argv[3]);
	len = fread(body, 1, sizeof(body), f);
	fclose(f);
	n = snprintf(request, sizeof(request), "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n", argv[2], len);
	memcpy(request + n, body, len);
	request_len = (size_t)n + len;
	server.sin_family = AF_INET;
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.sin_port = htons((uint16_t)strtol(argv[1], NULL, 10));
	threads = strtol(argv[4], NULL, 10);
	seconds = strtod(argv[5], NULL);
	if (threads < 1 || threads > THREADS_MAX)
		errx(64, "1 to %d threads", THREADS_MAX);
	began = now();
	until = began + seconds;
	for (i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, run, NULL) != 0)
			errx(71, "thread");
	for (i = 0; i < threads; i++)
		(void)pthread_join(t[i], NULL);
	printf("%.1f %ld\n", (double)atomic_load(&good) / (now() - began), atomic_load(&bad));
	return 0;
}
