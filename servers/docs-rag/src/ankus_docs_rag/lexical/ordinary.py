"""What is no identifier of the documented system although it looks like one, and the words that surround
identifiers."""

import re

PRODUCTS = frozenset(
    """postgresql postgres postgre pgsql mysql mariadb sqlite sqlite3 oracle mongodb redis cassandra
    clickhouse greenplum citus timescaledb cockroachdb yugabytedb edb aurora rds aws s3 ec2 gcp azure heroku
    supabase neon docker kubernetes k8s helm ansible terraform prometheus grafana zabbix kafka debezium
    airflow dbt pgbouncer pgpool pgpool2 pgadmin pgadmin4 pgadmin3 pgbackrest barman patroni repmgr etcd
    consul haproxy dbeaver datagrip psycopg psycopg2 psycopg3 asyncpg sqlalchemy hibernate django rails
    nodejs node.js asp.net vb.net npgsql jdbc odbc python python2 python3 java java8 java11 java17 perl
    perl5 php php7 php8 ruby golang rust javascript typescript github gitlab bitbucket linux windows win32
    win64 ubuntu debian centos rhel fedora macos freebsd openbsd netbsd solaris aix wsl wsl2 openssl
    libressl openldap postgis pgvector stackoverflow chatgpt openai youtube linkedin sqlserver mssql db2 x86
    x64 x86_64 amd64 arm64 aarch64 i386 i686 ppc64le""".split()
)
"""Names that a question may have and the documents need not."""

ABBREVIATIONS = frozenset(
    """acid acl aio ansi api apis ascii asap btree bool cpu crud csv cte dba dbaas dbms dcl ddl devops dml
    dns dos dr eof eol etl faq fdw fifo fk fks fts gb gin gist gis gui guc ha hdd hot html http http2 https
    iana ibm id ide io iops ip ipv4 ipv6 iso jit json jsonb kb lan ldap lru lsn lts mb mvcc nas nfs null
    numa oid ok olap oltp orm os pam pid pitr pk pks posix ram raid rdbms regex rest rfc rls rpo rto saas
    san sla smtp sql sqlstate ssd ssh ssl sso tcp tls ttl toast todo txid udp uri url usa utc utf utf8 utf16
    uuid uuid4 vm vps wal wan xid xml yaml yml zfs ext3 ext4 oauth oauth2 base64 md5 sha1 sha2 sha224 sha256
    sha384 sha512 lz4 gzip int2 int4 int8 float4 float8 b2b h2 1c latin1 cp1251 win1251 koi8r log4j utf8mb4
    faqs etc and not but why how what when""".split()
)
"""Ordinary in a question about databases; nobody asks whether the documents have them."""

OF_A_USER = re.compile(
    r"^(?:my|our|your|his|some|test|tests|foo|bar|baz|new|old|tmp|temp|prod|dev|stage|staging|demo|example|sample|app|user"
    r"|users|customer|customers|order|orders|product|products|employee|employees|account|accounts|sales|payment|payments"
    r"|invoice|item|items|t|tbl|col|x|a|b|company|department|student|students|price|total|first|last|full|parent|child)_"
    r"|_(?:id|ids|at|date|db|tbl|table|col|column|schema|idx|pkey|fkey|key|seq|user|users|email|price|amount|total|orders"
    r"|items|log|logs|old|new|copy|bak|backup|test|prod|dev)$"
    r"|^(?:foo|bar|baz|test|tab|table|col|column|user|db|tbl|t|c|x|y|a|b|id|node|server|host|schema|index|idx|field"
    r"|value|val|key|step|part|level|case|item|row|disk|file|group|class|type|day|week|phase)\d+$"
)
"""Names as people give them to tables and columns of their own."""

OBJECTS = re.compile(
    r"tables?|columns?|fields?|databases?|db|schemas?|index|indexes|constraints?|relations?|users?|roles?|sequences?"
    r"|triggers?|views?|partitions?|tablespaces?|publications?|subscriptions?|slots?|variables?|files?|from|join|into"
    r"|таблиц\w*|столб\w+|колон\w+|пол[ея]\w*|баз\w*|бд|схем\w*|индекс\w*|ограничени\w+|отношени\w+|пользовател\w+|рол\w+"
    r"|последовательност\w+|триггер\w*|секци\w+|партици\w+|публикаци\w+|подписк\w+|слот\w*|переменн\w+|файл\w*"
)
"""Words beside a name that is the asker's own."""

KINDS = re.compile(
    r"\b(?P<before>[a-z]{3,}) (?:index method|index type|data type|access method|extension)\b"
    r"|\b(?:extension|index method|access method|called|named) (?P<after>[a-z]{3,})\b"
    r"|(?:параметр|настройк|функци|расширени|модул|команд|утилит|тип\w* данных|метод\w* доступа)\w* "
    r"[\"«]?(?P<after_russian>[A-Za-z]{3,})\b"
)
"""A plain word beside the noun that says what it names."""

DEFINITIONS = frozenset(
    "CREATE ALTER DROP RENAME REFRESH FLASHBACK PURGE OPTIMIZE REPAIR KILL REPLACE MERGE UPSERT".split()
)
"""Words that begin a statement whose second word belongs to its name."""
QUALIFIERS = frozenset(
    """MATERIALIZED FOREIGN EVENT TEMP TEMPORARY UNLOGGED GLOBAL LOCAL RECURSIVE PROCEDURAL ACCESS USER
    DEFAULT""".split()
)
"""Second words that a kind of object follows."""
CLAUSES = frozenset("ON FOR AS IF CONNECT START QUALIFY WITH".split())
DATA_STATEMENTS = frozenset("SELECT INSERT UPDATE DELETE TRUNCATE GROUP ORDER".split())
"""Words that almost anything may follow, but no word that SQL does not know."""
