long blind(const char *text)
{
	return strtol(text, NULL, 10); /* expect: strtol-unchecked */
}

long seeing(const char *text)
{
	long value;

	errno = 0;
	value = strtol(text, NULL, 10);
	return errno == 0 ? value : -1;
}

long ended(const char *text, char **end)
{
	return strtol(text, end, 10);
}
