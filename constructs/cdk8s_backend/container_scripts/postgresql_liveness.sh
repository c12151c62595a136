# A server that is starting or recovering (1) lives; one that does not answer (2) does not.
pg_isready -q -h 127.0.0.1
[ "$?" -le 1 ]
