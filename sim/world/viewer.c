/* SPDX-License-Identifier: ISC */
/*
 * The assembler puts the files between symbols of ours, so that the program needs none of
 * them where it runs. The Makefile says on which files this object depends.
 */
#include "sim/world/viewer.h"

__asm__(".pushsection .rodata\n"
	"viewer_html_begin:\n"
	".incbin \"sim/world/viewer.html\"\n"
	"viewer_html_end:\n"
	"viewer_js_begin:\n"
	".incbin \"sim/world/viewer.js\"\n"
	".incbin \"sim/world/viewer_draw.js\"\n"
	".incbin \"sim/world/viewer_hands.js\"\n"
	"viewer_js_end:\n"
	".popsection\n");

extern const uint8_t viewer_html_begin[] __attribute__((visibility("hidden")));
extern const uint8_t viewer_html_end[] __attribute__((visibility("hidden")));
extern const uint8_t viewer_js_begin[] __attribute__((visibility("hidden")));
extern const uint8_t viewer_js_end[] __attribute__((visibility("hidden")));

static struct bytes between(const uint8_t *begin, const uint8_t *end)
{
	return bytes_of(begin, (size_t)((uintptr_t)end - (uintptr_t)begin));
}

struct bytes viewer_html(void)
{
	return between(viewer_html_begin, viewer_html_end);
}

struct bytes viewer_js(void)
{
	return between(viewer_js_begin, viewer_js_end);
}
