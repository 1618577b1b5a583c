int leaks(const char *path)
{
	int fd = open(path, O_RDONLY); /* expect: descriptor-leak */

	if (fd < 0)
		return -1;
	if (size_of(fd) > 10)
		return -2;
	close(fd);
	return 0;
}

int closes(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return -1;
	if (size_of(fd) > 10)
	{
		close(fd);
		return -2;
	}
	if (size_of(fd) > 20)
		elog(ERROR, "too long");
	close(fd);
	return 0;
}

int hands_on(const char *path)
{
	int fd = open(path, O_RDONLY);

	return fd;
}
