void commands(const char *command)
{
	if (system(command) != 0) /* expect: command-from-variable */
		return;
	if (system("true") != 0)
		return;
}
