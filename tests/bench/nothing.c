/*
 * nothing -- a CGI program that does nothing: what no CGI program can be faster than here.
 */
#include <unistd.h>

int
main(void)
{
	static const char answer[] = "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n";

	return write(STDOUT_FILENO, answer, sizeof(answer) - 1) == -1;
}
