void ignores(int fd, char *buf, int n)
{
	write(fd, buf, n); /* expect: result-ignored */
	fgets(buf, n, stdin); /* expect: result-ignored */
	(void) write(fd, buf, n);
	if (write(fd, buf, n) != n)
		return;
}
