void wrong_reason(int fd)
{
	if (write_it(fd) < 0)
	{
		close(fd); /* expect: errno-overwritten */
		ereport(ERROR, (errcode_for_file_access(), errmsg("could not write: %m")));
	}
}

void right_reason(int fd)
{
	if (write_it(fd) < 0)
	{
		int save_errno = errno;

		close(fd);
		errno = save_errno;
		ereport(ERROR, (errcode_for_file_access(), errmsg("could not write: %m")));
	}
}
