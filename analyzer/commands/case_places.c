#include "case_places.h"

#include <stdlib.h>

#include "../tally/holder_entry.h"

static int by_place(const void *left, const void *right)
{
    const struct object_piece *a = &((const struct case_place *)left)->piece, *b = &((const struct case_place *)right)->piece;
    if (a->file != b->file) return a->file < b->file ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

bool case_places_open(const struct case_state *state, struct case_places *places)
{
    *places = (struct case_places){.list = &state->list, .count = state->piece_count};
    places->places = calloc(state->piece_count + 1, sizeof *places->places);
    if (places->places == NULL) return false;
    for (size_t i = 0; i < state->piece_count; i++) places->places[i].piece = state->pieces[i];
    if (places->count > 0) qsort(places->places, places->count, sizeof *places->places, by_place);
    for (size_t i = 1; i < places->count; i++) {
        const struct case_place *before = &places->places[i - 1];
        const struct object *range = &state->list.objects[before->piece.index];
        if (range->is_range && before->piece.file == places->places[i].piece.file)
            places->places[i].units_before = before->units_before + (range->elsewhere ? 0 : range->units);
    }
    return true;
}

void case_places_close(struct case_places *places)
{
    free(places->places);
    places->places = NULL;
}

static const struct case_place *find(const struct case_places *places, uint32_t file, uint32_t piece)
{
    const struct case_place wanted = {.piece = {file, piece, 0}};
    return piece > 0 && places->count > 0 ? bsearch(&wanted, places->places, places->count, sizeof wanted, by_place) : NULL;
}

uint64_t case_places_number(const struct case_places *places, uint32_t file, uint32_t piece, uint64_t unit)
{
    const struct case_place *found = find(places, file, piece);
    return unit + (found != NULL ? found->units_before : 0);
}

uint64_t case_places_unit(const void *context, const struct place *place)
{
    return case_places_number(context, place->file, place->piece, loaded_unit(place));
}

uint32_t case_places_object(const void *context, uint32_t file, uint32_t piece)
{
    const struct case_places *places = context;
    const struct case_place *found = find(places, file, piece);
    return found == NULL || places->list->objects[found->piece.index].is_range ? file : (uint32_t)found->piece.index;
}
