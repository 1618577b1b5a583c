void checks(const char *path, const char *other)
{
	FILE *file;

	if (access(path, R_OK) != 0) /* expect: check-then-open */
		return;
	file = fopen(path, "r");
	fclose(file);
}

void checks_another(const char *path, const char *other)
{
	FILE *file;

	if (access(path, R_OK) != 0)
		return;
	file = fopen(other, "r");
	fclose(file);
}
