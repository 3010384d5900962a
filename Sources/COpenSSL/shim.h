// The hashers whose state is a plain structure are marked as old since OpenSSL 3. They need no memory and cannot fail, so they are used here.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
