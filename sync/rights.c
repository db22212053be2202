/* SPDX-License-Identifier: ISC */
/* Roles: the few sets of rights that people name. */
#include "sync/rights.h"

static const struct {
	const char *role;
	uint8_t rights;
} roles[] = {
	{ "reader", RIGHTS_READER },
	{ "writer", RIGHTS_WRITER },
	{ "admin", RIGHTS_ADMIN },
	{ "keeper", RIGHTS_KEEPER },
};

const char *rights_role(uint8_t rights)
{
	if (rights == RIGHTS_OWNER)
		return "owner";
	if ((rights & RIGHT_ADMIN) != 0)
		return "admin";
	if ((rights & RIGHT_WRITE) != 0)
		return "writer";
	return (rights & RIGHT_READ) != 0 ? "reader" : "keeper";
}

bool rights_of_role(const char *role, uint8_t *rights)
{
	for (size_t i = 0; i < array_len(roles); i++) {
		if (strcmp(role, roles[i].role) != 0)
			continue;
		*rights = roles[i].rights;
		return true;
	}
	return false;
}
