void walks(int i)
{
	for (i = 0; i <= lengthof(table); i++) /* expect: length-off-by-one */
		use(table[i]);
	for (i = 0; i <= sizeof(table) / sizeof(table[0]); i++) /* expect: length-off-by-one */
		use(table[i]);
	for (i = 0; i < lengthof(table); i++)
		use(table[i]);
}
