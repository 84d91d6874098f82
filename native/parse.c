/* Values that are not just a few digits: integers in any spelling, and ISO 8601 times. */

#include "internal.h"

int32_t fl_integer(const uint8_t *text, uint32_t length, int64_t *number) {
  const uint8_t *at = text, *end = text + length;
  if (at < end && *at == '+') at++;
  if (at == end) return 0;
  while (end - at > 1 && *at == '0') at++;
  if (end - at > 19) return 0; /* above every maximum */
  uint64_t value = 0;
  for (; at < end; at++) {
    if (*at < '0' || *at > '9') return 0;
    value = value * 10 + (uint64_t)(*at - '0');
  }
  if (value > INT64_MAX) return 0;
  *number = (int64_t)value;
  return 1;
}

typedef struct {
  const uint8_t *at, *end;
} cursor;

static int32_t number(cursor *text, int digits) { /* -1 if these are no digits */
  int32_t value = 0;
  if (text->end - text->at < digits) return -1;
  for (; digits; digits--, text->at++) {
    if (*text->at < '0' || *text->at > '9') return -1;
    value = value * 10 + (*text->at - '0');
  }
  return value;
}

static int take(cursor *text, uint8_t byte) {
  if (text->at == text->end || *text->at != byte) return 0;
  text->at++;
  return 1;
}

static int32_t days_in(int32_t year, int32_t month) {
  static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, counted in years that begin in March. */
static int64_t days_since_epoch(int32_t year, int32_t month, int32_t day) {
  int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int date(cursor *text, int64_t *milliseconds) {
  int32_t year = number(text, 4), dash = take(text, '-'), month = number(text, 2);
  dash &= take(text, '-');
  int32_t day = number(text, 2);
  if (!dash || year < 1 || month < 1 || month > 12 || day < 1 || day > days_in(year, month)) return 0;
  *milliseconds = days_since_epoch(year, month, day) * 86400000;
  return 1;
}

static int clock_time(cursor *text, int64_t *milliseconds) {
  int32_t hour = number(text, 2), colon = take(text, ':'), minute = number(text, 2);
  colon &= take(text, ':');
  int32_t second = number(text, 2);
  if (!colon || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return 0;
  *milliseconds += ((hour * 60 + minute) * 60 + second) * 1000;
  return 1;
}

static int fraction(cursor *text, int64_t *milliseconds) {
  if (!take(text, '.')) return 1;
  int32_t scale = 100, digits = 0;
  for (; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++, digits++, scale /= 10)
    *milliseconds += (*text->at - '0') * scale;
  return digits >= 1 && digits <= 9;
}

static int zone(cursor *text, int64_t *milliseconds) {
  if (text->at == text->end || take(text, 'Z')) return 1;
  int sign = *text->at == '+' ? 1 : *text->at == '-' ? -1 : 0;
  if (!sign) return 1;
  text->at++;
  int32_t hour = number(text, 2);
  take(text, ':');
  int32_t minute = number(text, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return 0;
  *milliseconds -= sign * (hour * 60 + minute) * 60000;
  return 1;
}

uint32_t fl_time(const uint8_t *text, uint32_t length, int64_t *milliseconds) {
  cursor at = {text, text + length};
  int64_t value = 0;
  if (!date(&at, &value) || !(take(&at, 'T') || take(&at, ' ')) || !clock_time(&at, &value)) return 0;
  if (!fraction(&at, &value) || !zone(&at, &value)) return 0;
  if (value < INT64_C(-62135596800000) || value > INT64_C(253402300799999)) return 0; /* the years 1 to 9999 in UTC */
  *milliseconds = value;
  return (uint32_t)(at.at - text);
}
