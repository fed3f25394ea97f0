#include "notify/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/alloc.h"

#define MARGIN 8
#define ROW_BYTES (1 + 3 * CHART_WIDTH) /* each begins with its filter: none */
#define LINE_RADIUS 2.5

struct colour {
    unsigned char rgb[3];
};

static const struct colour line_colour = {{0x1f, 0x5f, 0xa8}}, area_colour = {{0xdc, 0xe8, 0xf5}}, grid_colour = {{0xdd, 0xdd, 0xdd}}, gap_colour = {{0xee, 0xee, 0xee}},
                           onset_colour = {{0xb0, 0x00, 0x20}};

struct canvas {
    unsigned char *rows; /* CHART_HEIGHT of ROW_BYTES */
    const struct finding_chart *chart;
    double low, high;
};

struct point {
    double x, y;
};

bool chart_range(const struct finding_chart *c, double *ret_low, double *ret_high)
{
    size_t known = 0;
    double low = 0, high = 0;
    for (size_t i = 0; i < c->len; i++) {
        known += !isnan(c->values[i]);
        if (!isfinite(c->values[i]))
            continue;
        low = fmin(low, c->values[i]);
        high = fmax(high, c->values[i]);
    }
    *ret_low = low;
    *ret_high = high > low ? high : low + 1; /* all zero: a line on the ground */
    return known >= 2;
}

/* ---- pixels ---- */

static void mix(struct canvas *p, int x, int y, const struct colour *c, double share)
{
    if (x < 0 || x >= CHART_WIDTH || y < 0 || y >= CHART_HEIGHT || share <= 0)
        return;
    unsigned char *pixel = p->rows + (size_t)y * ROW_BYTES + 1 + 3 * (size_t)x;
    for (int i = 0; i < 3; i++)
        pixel[i] = (unsigned char)(pixel[i] + (c->rgb[i] - pixel[i]) * fmin(share, 1));
}

static void box(struct canvas *p, int x0, int y0, int x1, int y1, const struct colour *c)
{
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            mix(p, x, y, c, 1);
}

static double distance(struct point a, struct point b, struct point p)
{
    double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
    double t = length > 0 ? fmax(0, fmin(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / length)) : 0;
    return hypot(a.x + t * dx - p.x, a.y + t * dy - p.y);
}

/* Round ends, so that pieces join without corners; soft edges. */
static void stroke(struct canvas *p, struct point a, struct point b, const struct colour *c)
{
    int x0 = (int)(fmin(a.x, b.x) - 4), x1 = (int)(fmax(a.x, b.x) + 5), y0 = (int)(fmin(a.y, b.y) - 4), y1 = (int)(fmax(a.y, b.y) + 5);
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            mix(p, x, y, c, LINE_RADIUS + 0.5 - distance(a, b, (struct point){x + 0.5, y + 0.5}));
}

/* ---- the parts ---- */

static double x_of(const struct canvas *p, double at)
{
    return MARGIN + at * (CHART_WIDTH - 2 * MARGIN) / (double)(p->chart->len - 1);
}

static double y_of(const struct canvas *p, double value)
{
    double share = fmax(0, fmin(1, (value - p->low) / (p->high - p->low))); /* infinities stand at the edge */
    return CHART_HEIGHT - MARGIN - share * (CHART_HEIGHT - 2 * MARGIN);
}

static struct point point_at(const struct canvas *p, size_t i)
{
    return (struct point){x_of(p, (double)i), y_of(p, p->chart->values[i])};
}

/* What is between two known values, or the grey of what is not known. */
static void draw_area(struct canvas *p, size_t i)
{
    struct point a = point_at(p, i), b = point_at(p, i + 1);
    bool known = !isnan(p->chart->values[i]) && !isnan(p->chart->values[i + 1]);
    int ground = (int)y_of(p, fmax(p->low, 0));
    for (int x = (int)a.x; x < (int)b.x; x++) {
        double y = known ? a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x) : MARGIN;
        int from = (int)fmin(y, ground), to = known ? (int)fmax(y, ground) : CHART_HEIGHT - MARGIN;
        box(p, x, from, x + 1, to, known ? &area_colour : &gap_colour);
    }
}

static void draw(struct canvas *p, int64_t onset_ms)
{
    const struct finding_chart *c = p->chart;
    for (size_t i = 0; i + 1 < c->len; i++)
        draw_area(p, i);
    for (int k = 0; k <= 4; k++)
        box(p, MARGIN, MARGIN + k * (CHART_HEIGHT - 2 * MARGIN) / 4 - 1, CHART_WIDTH - MARGIN, MARGIN + k * (CHART_HEIGHT - 2 * MARGIN) / 4 + 1, &grid_colour);
    for (size_t i = 0; i < c->len; i++) {
        if (isnan(c->values[i]))
            continue;
        bool joins = i + 1 < c->len && !isnan(c->values[i + 1]);
        stroke(p, point_at(p, i), point_at(p, joins ? i + 1 : i), &line_colour);
    }
    double onset = (double)(onset_ms - c->start_ms) / (double)c->step_ms;
    for (int y = MARGIN; onset_ms && onset >= 0 && onset <= (double)(c->len - 1) && y < CHART_HEIGHT - MARGIN; y += 16)
        stroke(p, (struct point){x_of(p, onset), y}, (struct point){x_of(p, onset), y + 6}, &onset_colour);
}

/* ---- PNG (ISO/IEC 15948) ---- */

static void add_number(struct strbuf *out, uint32_t v)
{
    const char bytes[] = {(char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v};
    strbuf_add(out, bytes, sizeof bytes);
}

static void add_chunk(struct strbuf *out, const char *type, const void *data, size_t len)
{
    add_number(out, (uint32_t)len);
    size_t at = out->len;
    strbuf_adds(out, type);
    strbuf_add(out, data, len);
    if (!out->truncated)
        add_number(out, (uint32_t)crc32(0, (const Bytef *)out->buf + at, (uInt)(out->len - at)));
}

static bool encode(const struct canvas *p, struct strbuf *out)
{
    static const char signature[] = "\x89PNG\r\n\x1a\n";
    static const char header[] = {0, 0, (char)(CHART_WIDTH >> 8), (char)(CHART_WIDTH & 255), 0, 0, (char)(CHART_HEIGHT >> 8), (char)(CHART_HEIGHT & 255),
                                  8, 2, 0, 0, 0}; /* 8 bits, RGB */
    uLong len = (uLong)CHART_HEIGHT * ROW_BYTES;
    uLongf packed_len = compressBound(len);
    AUTO(heap) Bytef *packed = xmalloc(packed_len);
    if (compress2(packed, &packed_len, p->rows, len, Z_DEFAULT_COMPRESSION) != Z_OK)
        return false;
    strbuf_add(out, signature, sizeof signature - 1);
    add_chunk(out, "IHDR", header, sizeof header);
    add_chunk(out, "IDAT", packed, packed_len);
    add_chunk(out, "IEND", "", 0);
    return !out->truncated;
}

bool chart_png(const struct finding_chart *c, int64_t onset_ms, struct strbuf *out)
{
    struct canvas p = {.chart = c};
    if (!chart_range(c, &p.low, &p.high))
        return false;
    p.rows = xmalloc((size_t)CHART_HEIGHT * ROW_BYTES);
    memset(p.rows, 0xff, (size_t)CHART_HEIGHT * ROW_BYTES);
    for (size_t y = 0; y < CHART_HEIGHT; y++)
        p.rows[y * ROW_BYTES] = 0;
    draw(&p, onset_ms);
    bool made = encode(&p, out);
    free(p.rows);
    return made;
}
