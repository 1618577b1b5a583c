typedef struct Thing { int a; } Thing;

void sizes(Thing *thing, char *name)
{
	char buf[64];
	Thing *made;

	memset(thing, 0, sizeof(thing)); /* expect: sizeof-pointer */
	snprintf(name, sizeof(name), "x"); /* expect: sizeof-pointer */
	made = palloc(sizeof(made)); /* expect: sizeof-pointer */
	memset(thing, 0, sizeof(*thing));
	memset(buf, 0, sizeof(buf));
	snprintf(buf, sizeof(buf), "x");
	made = palloc(sizeof(*made));
}
