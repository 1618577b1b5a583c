void temporary(char *name)
{
	char *made = mktemp(name); /* expect: insecure-temporary-file */
	int fd = mkstemp(name);
}
