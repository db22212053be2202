/* SPDX-License-Identifier: ISC */
/* RFC 7693 appendix A; HMAC and HKDF against values made with Python's hashlib and
 * hmac. */
#include "node/crypto/kdf.h"

#include "tests/test.h"
#include "tests/unit/node/crypto/hex.h"

TEST(kdf_hash_is_blake2b_512_of_rfc_7693)
{
	uint8_t out[64];

	kdf_hash(BYTES("abc"), BYTES(""), out);
	expect_hex(out, 64,
		"ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
		"7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
	kdf_hash(BYTES("a"), BYTES("bc"), out);
	expect_hex(out, 8, "ba80a53f981c4d0d");
	kdf_hash(BYTES(""), BYTES("abc"), out);
	expect_hex(out, 8, "ba80a53f981c4d0d");
}

TEST(kdf_hmac_agrees_with_python_for_keys_up_to_a_block)
{
	uint8_t out[64], key[129];

	memset(key, 'k', sizeof(key));
	kdf_hmac(bytes_of(key, 64), BYTES("ab"), BYTES("c"), out);
	expect_hex(out, 64,
		"1ceb8fe9b374048cf40a90cee6cf659d0f5caa03ec0334b2ce9d53ce8fc0fbec"
		"7838d84eb27e9e7b3b1df8e4dbb0950474d46db76ea0106b5106c8a6fcf19735");
	for (unsigned i = 0; i < 128; i++)
		key[i] = (uint8_t)i;
	kdf_hmac(bytes_of(key, 128), BYTES("Hi There"), BYTES(""), out);
	expect_hex(out, 32,
		"d67a1cb3610869567dce4f41e4220ca5a467e8d36e391a55562d0799aecbebbb");
	EXPECT_CHECK(kdf_hmac(bytes_of(key, 129), BYTES(""), BYTES(""), out),
		"a key longer than a block is our mistake");
}

TEST(kdf_two_is_the_hkdf_of_noise_also_in_place)
{
	uint8_t chain[64], first[64], second[64];

	for (unsigned i = 0; i < 64; i++)
		chain[i] = (uint8_t)i;
	kdf_two(chain, BYTES("input"), first, second);
	expect_hex(first, 64,
		"854ff4e7e6074bfe92f1a96cf706260641f9ba6fca788196587193a2664aed71"
		"dba5f8f8c078f3eedf196c3af46e417d0a8c8c43f79ead81c8714d03e501eded");
	expect_hex(second, 64,
		"ce5595eb115a20218998812f1f84dad889b56b766edaad0fd39d8268762d3e9f"
		"56b6507ac77dc73ca13b4c2f0e4b704ef3c3c40d98920e63df5c70239610d8ab");
	kdf_two(chain, BYTES("input"), chain, second);
	EXPECT_BYTES(bytes_of(chain, 64), bytes_of(first, 64),
		"the first may replace the chain");
	expect_hex(second, 8, "ce5595eb115a2021");
}

TEST(kdf_mac_is_keyed_blake2b_128)
{
	uint8_t key[65], out[16];

	for (unsigned i = 0; i < 32; i++)
		key[i] = (uint8_t)i;
	kdf_mac(bytes_of(key, 32), BYTES("data"), out);
	expect_hex(out, 16, "8e1d8dd9167b90120c52368775c52200");
	EXPECT_CHECK(kdf_mac(bytes_of(key, 65), BYTES("data"), out), "a key of 65 bytes");
}
