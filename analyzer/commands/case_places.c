#include "case_places.h"

#include <stdlib.h>

#include "../tally/holder_entry.h"

static int by_place(const void *left, const void *right)
{
    const struct object_piece *a = &((const struct case_place *)left)->piece, *b = &((const struct case_place *)right)->piece;
    if (a->file != b->file) return a->file < b->file ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

void case_places_close(struct case_places *places)
{
    free(places->places);
    piece_order_close(places->order);
    if (places->lock != NULL) pthread_mutex_destroy(places->lock);
    free(places->lock);
    *places = (struct case_places){0};
}

bool case_places_open(const struct case_state *state, struct case_places *places)
{
    *places = (struct case_places){.list = &state->list, .count = state->piece_count};
    places->places = calloc(state->piece_count + 1, sizeof *places->places);
    places->order = piece_order_open(places->list);
    places->lock = malloc(sizeof *places->lock);
    if (places->lock != NULL) pthread_mutex_init(places->lock, NULL);
    if (places->places == NULL || places->order == NULL || places->lock == NULL) {
        case_places_close(places);
        return false;
    }
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
    size_t index = found == NULL && piece > 0 ? object_list_find_piece(places->list, file, piece) : 0;
    if (index != 0) return (uint32_t)index;
    return found == NULL || places->list->objects[found->piece.index].is_range ? file : (uint32_t)found->piece.index;
}

bool case_places_before(const void *context, uint32_t file, uint32_t a, uint32_t b)
{
    const struct case_places *places = context;
    const struct case_place *left = find(places, file, a), *right = find(places, file, b);
    if (left != NULL && right != NULL) return piece_paths_before(&places->list->objects[left->piece.index], &places->list->objects[right->piece.index]);
    pthread_mutex_lock(places->lock);
    bool before = piece_order_before(places->order, file, a, b);
    pthread_mutex_unlock(places->lock);
    return before;
}

enum status case_places_failure(const struct case_places *places, struct fault *fault)
{
    return piece_order_failure(places->order, fault);
}
