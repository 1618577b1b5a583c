void reads(char *line)
{
	gets(line); /* expect: gets-call */
	if (fgets(line, 10, stdin) == NULL)
		return;
}
