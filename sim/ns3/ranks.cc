/* SPDX-License-Identifier: ISC */
#include "sim/ns3/ranks.h"

#ifdef NS3_MPI

#include <ns3/mpi-interface.h>

bool ranks_possible()
{
	return true;
}

void ranks_open(ranks *r, int *argc, char ***argv)
{
	ns3::MpiInterface::Enable(argc, argv);
	r->own = ns3::MpiInterface::GetSystemId();
	r->count = ns3::MpiInterface::GetSize();
	r->open = true;
}

void ranks_close(ranks *r)
{
	if (r->open)
		ns3::MpiInterface::Disable();
	r->open = false;
}

#else

bool ranks_possible()
{
	return false;
}

void ranks_open(ranks *, int *, char ***)
{
}

void ranks_close(ranks *)
{
}

#endif
