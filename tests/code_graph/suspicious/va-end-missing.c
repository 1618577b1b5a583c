void forgets(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt); /* expect: va-end-missing */
	if (vfprintf(stderr, fmt, args) < 0)
		return;
	va_end(args);
}

void remembers_end(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (vfprintf(stderr, fmt, args) < 0)
		elog(ERROR, "cannot write");
	va_end(args);
}
