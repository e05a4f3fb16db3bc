// Batch norm, ReLU and, where asked, 2x2 max-pooling and dropout in one pass each way, for bfloat16 in channels-last order.
#include <omp.h>
#include <stdint.h>
#include <string.h>

#define MOST 1024 // channels

void threads(int count) { omp_set_num_threads(count); }

static inline float wide(uint16_t x) { union { uint32_t u; float f; } v; v.u = (uint32_t)x << 16; return v.f; }
static inline uint16_t narrow(float x) { union { uint32_t u; float f; } v; v.f = x; return (uint16_t)((v.u + 0x7fff + ((v.u >> 16) & 1)) >> 16); }

// mean[c] and var[c] of rows of c channels
void moments(const uint16_t *x, long rows, int c, float *mean, float *var) {
    double total[MOST] = {0}, squares[MOST] = {0};
    long parts = (rows + 511) / 512;
#pragma omp parallel
    {
        double t[MOST] = {0}, q[MOST] = {0};
#pragma omp for schedule(static)
        for (long part = 0; part < parts; part++) {
            float s[MOST], ss[MOST];
            memset(s, 0, sizeof(float) * c); memset(ss, 0, sizeof(float) * c);
            long end = (part + 1) * 512 < rows ? (part + 1) * 512 : rows;
            for (long r = part * 512; r < end; r++) {
                const uint16_t *row = x + r * c;
#pragma omp simd
                for (int i = 0; i < c; i++) { float v = wide(row[i]); s[i] += v; ss[i] += v * v; }
            }
            for (int i = 0; i < c; i++) { t[i] += s[i]; q[i] += ss[i]; }
        }
#pragma omp critical
        for (int i = 0; i < c; i++) { total[i] += t[i]; squares[i] += q[i]; }
    }
    for (int i = 0; i < c; i++) { double m = total[i] / rows, v = squares[i] / rows - m * m; mean[i] = m; var[i] = v > 0 ? v : 0; }
}

// y = max(0, x scale + shift + skip)
void forward(const uint16_t *x, const uint16_t *skip, uint16_t *y, long rows, int c, const float *scale, const float *shift) {
#pragma omp parallel for schedule(static)
    for (long r = 0; r < rows; r++) {
        if (skip) {
#pragma omp simd
            for (int i = 0; i < c; i++) { float v = wide(x[r * c + i]) * scale[i] + shift[i] + wide(skip[r * c + i]); y[r * c + i] = narrow(v > 0 ? v : 0); }
        } else {
#pragma omp simd
            for (int i = 0; i < c; i++) { float v = wide(x[r * c + i]) * scale[i] + shift[i]; y[r * c + i] = narrow(v > 0 ? v : 0); }
        }
    }
}

// y[n][h/2][w/2][c]; index 0 to 3: where the largest was; 4: nothing passes, being negative or dropped
void forward_pool(const uint16_t *x, uint16_t *y, uint8_t *index, int n, int h, int w, int c, const float *scale, const float *shift, float drop, uint64_t seed) {
    int oh = h / 2, ow = w / 2;
    float kept = 1 / (1 - drop);
    uint32_t limit = (uint32_t)(drop * 4294967295.0);
#pragma omp parallel for schedule(static)
    for (long r = 0; r < (long)n * oh; r++) {
        long b = r / oh, py = r % oh;
        uint32_t state[MOST];
        uint64_t s = seed + 0x9E3779B97F4A7C15ull * (uint64_t)(r + 1);
        for (int i = 0; i < c; i++) { uint64_t z = s + 0xBF58476D1CE4E5B9ull * (i + 1); z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull; z = (z ^ (z >> 27)) * 0x94D049BB133111EBull; state[i] = (uint32_t)(z >> 32) | 1; }
        for (int px = 0; px < ow; px++) {
            const uint16_t *a = x + ((b * h + 2 * py) * w + 2 * px) * c, *d = a + (long)w * c;
            uint16_t *out = y + (r * ow + px) * c;
            uint8_t *place = index + (r * ow + px) * c;
#pragma omp simd
            for (int i = 0; i < c; i++) {
                float best = wide(a[i]) * scale[i] + shift[i], v;
                uint32_t k = 0;
                v = wide(a[c + i]) * scale[i] + shift[i]; k = v > best ? 1 : k; best = v > best ? v : best;
                v = wide(d[i]) * scale[i] + shift[i]; k = v > best ? 2 : k; best = v > best ? v : best;
                v = wide(d[c + i]) * scale[i] + shift[i]; k = v > best ? 3 : k; best = v > best ? v : best;
                uint32_t t = state[i]; t ^= t << 13; t ^= t >> 17; t ^= t << 5; state[i] = t;
                int pass = best > 0 && t >= limit;
                out[i] = narrow(pass ? best * kept : 0);
                place[i] = (uint8_t)(pass ? k : 4);
            }
        }
    }
}

// dgamma[c] = sum g xhat, dbeta[c] = sum g; then dx, and g itself for what was added
void backward(const uint16_t *x, const uint16_t *y, const uint16_t *gy, uint16_t *gx, uint16_t *gskip, long rows, int c, const float *scale, const float *mean, const float *inverse, float *dgamma, float *dbeta) {
    double total[MOST] = {0}, products[MOST] = {0};
    long parts = (rows + 511) / 512;
#pragma omp parallel
    {
        double t[MOST] = {0}, q[MOST] = {0};
#pragma omp for schedule(static)
        for (long part = 0; part < parts; part++) {
            float s[MOST], ss[MOST];
            memset(s, 0, sizeof(float) * c); memset(ss, 0, sizeof(float) * c);
            long end = (part + 1) * 512 < rows ? (part + 1) * 512 : rows;
            for (long r = part * 512; r < end; r++) {
#pragma omp simd
                for (int i = 0; i < c; i++) {
                    float g = y[r * c + i] ? wide(gy[r * c + i]) : 0;
                    s[i] += g; ss[i] += g * (wide(x[r * c + i]) - mean[i]);
                }
            }
            for (int i = 0; i < c; i++) { t[i] += s[i]; q[i] += ss[i]; }
        }
#pragma omp critical
        for (int i = 0; i < c; i++) { total[i] += t[i]; products[i] += q[i]; }
    }
    float one[MOST], two[MOST];
    for (int i = 0; i < c; i++) { dbeta[i] = total[i]; dgamma[i] = products[i] * inverse[i]; one[i] = dbeta[i] / rows; two[i] = dgamma[i] * inverse[i] / rows; }
#pragma omp parallel for schedule(static)
    for (long r = 0; r < rows; r++) {
        if (gskip) {
#pragma omp simd
            for (int i = 0; i < c; i++) gskip[r * c + i] = y[r * c + i] ? gy[r * c + i] : 0;
        }
#pragma omp simd
        for (int i = 0; i < c; i++) {
            float g = y[r * c + i] ? wide(gy[r * c + i]) : 0;
            gx[r * c + i] = narrow(scale[i] * (g - one[i] - (wide(x[r * c + i]) - mean[i]) * two[i]));
        }
    }
}

void backward_pool(const uint16_t *x, const uint16_t *gy, const uint8_t *index, uint16_t *gx, int n, int h, int w, int c, const float *scale, const float *mean, const float *inverse, float *dgamma, float *dbeta, float drop) {
    int oh = h / 2, ow = w / 2;
    float kept = 1 / (1 - drop);
    long rows = (long)n * h * w;
    double total[MOST] = {0}, products[MOST] = {0};
#pragma omp parallel
    {
        double t[MOST] = {0}, q[MOST] = {0};
#pragma omp for schedule(static)
        for (long r = 0; r < (long)n * oh; r++) {
            long b = r / oh, py = r % oh;
            float s[MOST], ss[MOST];
            memset(s, 0, sizeof(float) * c); memset(ss, 0, sizeof(float) * c);
            for (int px = 0; px < ow; px++) {
                const uint16_t *a = x + ((b * h + 2 * py) * w + 2 * px) * c, *d = a + (long)w * c, *g = gy + (r * ow + px) * c;
                const uint8_t *place = index + (r * ow + px) * c;
#pragma omp simd
                for (int i = 0; i < c; i++) {
                    uint32_t k = place[i];
                    uint16_t low = k == 1 ? a[c + i] : a[i], high = k == 3 ? d[c + i] : d[i];
                    float v = wide(k >= 2 ? high : low), gr = k < 4 ? wide(g[i]) * kept : 0;
                    s[i] += gr; ss[i] += gr * (v - mean[i]);
                }
            }
            for (int i = 0; i < c; i++) { t[i] += s[i]; q[i] += ss[i]; }
        }
#pragma omp critical
        for (int i = 0; i < c; i++) { total[i] += t[i]; products[i] += q[i]; }
    }
    float one[MOST], two[MOST];
    for (int i = 0; i < c; i++) { dbeta[i] = total[i]; dgamma[i] = products[i] * inverse[i]; one[i] = dbeta[i] / rows; two[i] = dgamma[i] * inverse[i] / rows; }
#pragma omp parallel for schedule(static)
    for (long r = 0; r < (long)n * h; r++) {
        long b = r / h, yy = r % h;
        for (int xx = 0; xx < w; xx++) {
            const uint16_t *in = x + (r * w + xx) * c;
            uint16_t *out = gx + (r * w + xx) * c;
            if (yy / 2 < oh && xx / 2 < ow) {
                long at = ((b * oh + yy / 2) * ow + xx / 2) * c;
                uint32_t k = (yy & 1) * 2 + (xx & 1);
#pragma omp simd
                for (int i = 0; i < c; i++) {
                    float g = index[at + i] == k ? wide(gy[at + i]) * kept : 0;
                    out[i] = narrow(scale[i] * (g - one[i] - (wide(in[i]) - mean[i]) * two[i]));
                }
            } else {
#pragma omp simd
                for (int i = 0; i < c; i++) out[i] = narrow(scale[i] * (-one[i] - (wide(in[i]) - mean[i]) * two[i]));
            }
        }
    }
}
