/* What is done with the values of a layout: worked out once for each table, so that reading a line asks nothing twice. */

#include "internal.h"

#include <stdlib.h>

#define LONG_TEXT (1 << 30) /* no value in a window is so long */

/* How many digits are so few that no number of them is above a maximum; at most 16 are read as one number. */
static int32_t safe_digits(int64_t maximum) {
  int32_t digits = 0;
  for (; maximum >= 9 && digits < 16; maximum = (maximum - 9) / 10) digits++;
  return digits;
}

/* Whether values are nearly always shorter than the maximum: those above 99 of protocols are, those above 9999 of ports
 * are not. */
static int is_shorter(int64_t maximum) { return maximum < 1000 || maximum > UINT32_MAX; }

static void add_step(fl_recipe *recipe, int32_t action, int32_t value, int32_t slot, int64_t maximum) {
  fl_step *step = recipe->step + recipe->steps++;
  *step = (fl_step){.action = action, .value = value, .slot = slot, .maximum = maximum};
  if (maximum >= 100000000) return;
  for (int64_t left = maximum; left > 0; left /= 10) step->text |= (uint64_t)('0' + left % 10) << (8 * step->digits++);
}

static int is_number(const fl_plan *plan, int32_t slot) { return slot >= 0 && plan->kind[slot] != FL_TEXT; }

/* A line that is not kept has a time nevertheless, which the line after it may take. */
static int has_time(const fl_plan *plan, const fl_value *value, int32_t keep) {
  return value->maximum >= 0 && value->time_slot >= 0 && (keep || plan->kind[value->time_slot] == FL_TIME);
}

static void add_puts(const fl_plan *plan, const fl_layout *layout, int32_t keep, fl_recipe *recipe) {
  for (int32_t i = 0; i < layout->count; i++) {
    const fl_value *value = layout->values + i;
    int32_t is_put = value->maximum >= 0 && is_number(plan, value->slot) ? FL_PUT_NUMBER : FL_PUT_TEXT;
    if (has_time(plan, value, keep)) add_step(recipe, FL_PUT_TIME, i, value->time_slot, value->maximum);
    if (keep && value->slot >= 0) add_step(recipe, is_put, i, value->slot, value->maximum);
  }
}

/* Integers that are put are checked when they are. Those of which the length says enough come first. */
static void add_checks(const fl_plan *plan, const fl_layout *layout, int32_t keep, int32_t shorter, fl_recipe *recipe) {
  for (int32_t i = 0; i < layout->count; i++) {
    const fl_value *value = layout->values + i;
    int is_put = has_time(plan, value, keep) || (keep && is_number(plan, value->slot));
    if (value->maximum >= 0 && !is_put && is_shorter(value->maximum) == shorter)
      add_step(recipe, FL_CHECK, i, -1, value->maximum);
  }
}

/* What plain values are. */
static void describe(const fl_plan *plan, const fl_layout *layout, fl_recipe *recipe) {
  recipe->plain = recipe->steps;
  recipe->values = plan->tokens + layout->count <= 64 ? layout->count : 0;
  for (int32_t i = 0; i < FL_MOST_VALUES + 8; i++) recipe->most[i] = LONG_TEXT;
  for (int32_t i = 0; i < recipe->values; i++) {
    int64_t maximum = layout->values[i].maximum;
    if (maximum < 0) continue;
    recipe->integers |= UINT64_C(1) << i;
    recipe->most[i] = safe_digits(maximum) + !is_shorter(maximum);
  }
}

/* Find the slots that neither the layout nor the prefix fills. */
static void find_absent(const fl_plan *plan, const fl_layout *layout, int32_t tokens, fl_recipe *recipe) {
  uint8_t filled[FL_MOST_SLOTS + 1] = {0}, *is_filled = filled + 1; /* slot -1 is no slot */
  is_filled[plan->message] = is_filled[plan->record] = is_filled[plan->row] = 1;
  for (int32_t i = 0; i < tokens; i++)
    if (plan->token[i].role != FL_SKIP) is_filled[plan->token[i].slot] = 1;
  for (int32_t i = 0; layout && i < layout->count; i++)
    is_filled[layout->values[i].slot] = is_filled[layout->values[i].time_slot] = 1;
  for (int32_t slot = 0; slot < plan->slots; slot++)
    if (!is_filled[slot]) recipe->absent[recipe->absents++] = slot;
}

fl_recipe *fl_recipes(const fl_plan *plan) {
  fl_recipe *recipes = calloc(2 * (size_t)plan->layouts + 2, sizeof *recipes), *recipe = recipes;
  if (!recipes) return NULL;
  for (int32_t i = 0; i < plan->layouts; i++, recipe += 2) {
    for (int32_t skip = 0; skip < 2; skip++) {
      add_checks(plan, plan->layout + i, !skip, 1, recipe + skip);
      describe(plan, plan->layout + i, recipe + skip);
      add_checks(plan, plan->layout + i, !skip, 0, recipe + skip);
      add_puts(plan, plan->layout + i, !skip, recipe + skip);
    }
    find_absent(plan, plan->layout + i, plan->tokens, recipe);
  }
  find_absent(plan, NULL, plan->tokens, recipe);
  find_absent(plan, NULL, 0, recipe + 1);
  return recipes;
}
