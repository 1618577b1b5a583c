#define ADMIN_PASSWORD "hunter2hunter2" /* expect: hard-coded-secret */
#define PASSWORD_PROMPT "Password: "

void secrets(void)
{
	const char *password = "correcthorse"; /* expect: hard-coded-secret */
	const char *password_hint = "what it is";
	const char *password_file = "secret.txt";
	const char *passwd = "";

	secret = "swordfish"; /* expect: hard-coded-secret */
	secret = getenv("SECRET");
}
