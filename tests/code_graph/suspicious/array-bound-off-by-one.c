void fills(int i)
{
	int table[10];
	int longer[11];

	for (i = 0; i <= 10; i++) /* expect: array-bound-off-by-one */
	{
		table[i] = 0;
	}
	for (i = 0; i <= 10; i++)
	{
		longer[i] = 0;
	}
	for (i = 0; i < 10; i++)
	{
		table[i] = 0;
	}
}
