#include "outlook/svg.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outlook/drawing.h"
#include "outlook/prospects.h"
#include "outlook/tree.h"
#include "outlook/words.h"

/* Pixels. */
enum {
    MARGIN = 28,
    HEADER = 84,
    FOOTER = 62,
    BOX_WIDTH = 288,
    COLUMN = BOX_WIDTH + 136, /* a box, and room for what stands on the line to the next */
    ROW_GAP = 16,
    PADDING = 12,
    TITLE_LINE = 22,
    LINE = 17,
    TRUNK = 18, /* from a box to where its lines part */
};

#define LINES_MAX (PROM_CONTRACT_ROLES + 6)

/* A line of a box: a label, and an amount at the right. */
struct line {
    char label[80];
    char amount[PROM_AMOUNT_GROUPED];
};

struct box {
    const prom_contract_step *step;
    uint32_t taken; /* height of the block that has it, or one that it stands for; 0: none has */
    bool passed;    /* it cannot come any more */
    uint32_t count; /* transactions that it stands for */
    size_t column;
    int top;
    int height;
    struct line lines[LINES_MAX];
    size_t line_count;
};

struct picture {
    FILE *to;
    const prom_contract_outlook *outlook;
    const prom_contract_way *way;          /* NULL: none is drawn */
    struct box boxes[PROM_CONTRACT_STEPS]; /* each behind its parent */
    size_t count;
    size_t columns;
    int height;
};

static const char *title_of(const struct picture *picture, const prom_contract_step *step)
{
    static const char *const moving[PROM_TREE_NAMED] = {
        [PROM_TX0] = "the contract begins",
        [PROM_TXV0] = "verdict: not proven",
        [PROM_TXA] = "the worker appeals",
    };
    return step->tx->scheme == 0 ? moving[step - picture->outlook->steps] : prom_contract_scheme_name(step->tx->scheme);
}

PROM_PRINTF(3, 4)
static void add_line(struct box *box, const char *amount, const char *format, ...)
{
    struct line *line = &box->lines[box->line_count++];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(line->label, sizeof line->label, format, values);
    va_end(values);
    (void)snprintf(line->amount, sizeof line->amount, "%s", amount);
}

static bool numbered(const prom_contract_role *role)
{
    return role->name[0] == 'A' && isdigit((unsigned char)role->name[1]);
}

/* A line for each output, for arbiters that get the same one together. */
static void add_outputs(struct box *box, const prom_contract_role *roles)
{
    static const struct {
        const char *role;
        const char *label;
    } labels[] = {{"C", "client"}, {"W", "worker"}, {"V", "verifier"}, {"F", "common fund"}};
    const prom_tx *tx = box->step->tx->tx;
    for (size_t first = 0; first < tx->output_count; first++) {
        const prom_contract_role *role = &roles[first];
        const char *label = role->name;
        char amount[PROM_AMOUNT_GROUPED];
        size_t last = first;
        if (strcmp(role->name, "P") == 0 || strcmp(role->name, "anchor") == 0) {
            continue;
        }
        while (numbered(role) && last + 1 < tx->output_count && numbered(&roles[last + 1]) &&
               prom_amount_equal(tx->outputs[last + 1].value, tx->outputs[first].value)) {
            last++;
        }
        for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
            label = strcmp(role->name, labels[i].role) == 0 ? labels[i].label : label;
        }
        (void)prom_amount_grouped(amount, tx->outputs[first].value);
        if (last > first) {
            add_line(box, amount, "%s to %s, each", label, roles[last].name);
        } else {
            add_line(box, amount, "%s", label);
        }
        first = last;
    }
}

/* What the box says: who brings the transaction about, what it shows, where the money goes. */
static prom_result fill_box(struct box *box, const prom_contract_outlook *outlook, prom_error *error)
{
    const prom_contract_step *step = box->step;
    const prom_tree_tx *tx = step->tx;
    prom_contract_role roles[PROM_CONTRACT_ROLES];
    const char *shows = prom_contract_shows(tx);
    char by[PROM_CONTRACT_SIGNERS];
    char silent[PROM_CONTRACT_SIGNERS];
    char amount[PROM_AMOUNT_GROUPED];
    (void)prom_contract_signers_text(by, prom_contract_completed_by(tx), "anybody");
    (void)prom_contract_signers_text(silent, step->without, "");
    if (step->without == 0) {
        add_line(box, "", "by %s", by);
    } else {
        add_line(box, "", "by %s, if %s stay%s silent", by, silent, strchr(silent, ',') == NULL ? "s" : "");
    }
    if (shows != NULL) {
        add_line(box, "", "shows %s%s", shows, strcmp(shows, "h_p") == 0 ? ", the key to the result" : "");
    }
    if (step->m != 0) {
        add_line(box, "", "one for each S of %" PRIu32 " to %u arbiters: %" PRIu32 ";", step->m,
                 (unsigned)outlook->terms->P.n, box->count);
        add_line(box, "", "here S = A1 to A%" PRIu32, step->m);
    }
    PROM_TRY(prom_contract_roles(roles, outlook->terms, outlook->tree, tx, error));
    add_outputs(box, roles);
    if (box->taken != 0) {
        add_line(box, "", "in block %" PRIu32, box->taken);
    }
    add_line(box, prom_amount_grouped(amount, tx->fee), "fee, %zu vB", prom_vsize(tx->weight));
    box->height = 2 * PADDING + TITLE_LINE + LINE * (int)box->line_count - 6;
    return prom_ok();
}

static struct box *parent_of(struct picture *picture, const struct box *box)
{
    for (size_t i = 0; i < picture->count; i++) {
        if (picture->boxes[i].step == box->step->parent) {
            return &picture->boxes[i];
        }
    }
    return NULL;
}

/* -- The way that was taken -- */

/* Whether the box stands for that transaction. */
static bool is_of(const struct picture *picture, const struct box *box, const prom_bytes32 *txid)
{
    const prom_tree *tree = picture->outlook->tree;
    for (size_t i = 0; i < tree->tx_count; i++) {
        const prom_tree_tx *tx = &tree->tx[i];
        if (prom_bytes32_equal(&tx->txid, txid)) {
            return tx == box->step->tx || (box->step->m != 0 && tx->scheme == box->step->tx->scheme);
        }
    }
    return false;
}

/* What comes out of an output that something else has spent cannot come, nor what would come of it. */
static void mark_way(struct picture *picture)
{
    const size_t taken_count = picture->way == NULL ? 0 : picture->way->count;
    for (size_t i = 0; i < picture->count; i++) {
        struct box *box = &picture->boxes[i];
        for (size_t j = 0; j < taken_count; j++) {
            const prom_contract_taken *taken = &picture->way->list[j];
            box->taken = is_of(picture, box, &taken->txid) ? taken->height : box->taken;
        }
    }
    for (size_t i = 0; i < picture->count; i++) { /* each behind its parent */
        struct box *box = &picture->boxes[i];
        const struct box *parent = parent_of(picture, box);
        for (size_t j = 0; j < picture->count && box->taken == 0; j++) {
            const struct box *other = &picture->boxes[j];
            box->passed = box->passed || (parent != NULL && parent->passed) ||
                          (other->taken != 0 && parent != NULL && other->step->parent == box->step->parent);
        }
    }
}

/* One box for each transaction, and one for all Tx7 and all Tx8: the smallest S stand for the others. */
static prom_result make_boxes(struct picture *picture, prom_error *error)
{
    const prom_contract_outlook *outlook = picture->outlook;
    for (size_t i = 0; i < outlook->step_count; i++) {
        const prom_contract_step *step = &outlook->steps[i];
        if (step->m > prom_parameters_quorum(&outlook->terms->P)) {
            picture->boxes[picture->count - 1].count += step->count;
            continue;
        }
        struct box *box = &picture->boxes[picture->count++];
        *box = (struct box){.step = step, .count = step->count, .column = prom_contract_path_to(step).count - 1};
        picture->columns = box->column + 1 > picture->columns ? box->column + 1 : picture->columns;
    }
    mark_way(picture);
    for (size_t i = 0; i < picture->count; i++) {
        PROM_TRY(fill_box(&picture->boxes[i], outlook, error));
    }
    return prom_ok();
}

/* From top to bottom: what comes out of one output in the order of its locks. */
static int compare_leaves(const void *a, const void *b)
{
    const prom_contract_path first = prom_contract_path_to((*(struct box *const *)a)->step);
    const prom_contract_path second = prom_contract_path_to((*(struct box *const *)b)->step);
    size_t i = 0;
    while (i < first.count && i < second.count && first.steps[i] == second.steps[i]) {
        i++;
    }
    if (i == first.count || i == second.count) {
        return 0;
    }
    if (first.steps[i]->lock != second.steps[i]->lock) {
        return first.steps[i]->lock < second.steps[i]->lock ? -1 : 1;
    }
    return first.steps[i] < second.steps[i] ? -1 : 1;
}

static int middle(const struct box *box)
{
    return box->top + box->height / 2;
}

/* Boxes that settle stand below each other; each other box in the middle of those that come out of it. */
static void place_boxes(struct picture *picture)
{
    struct box *leaves[PROM_CONTRACT_STEPS];
    size_t leaf_count = 0;
    int top = HEADER;
    for (size_t i = 0; i < picture->count; i++) {
        if (picture->boxes[i].step->tx->scheme != 0) {
            leaves[leaf_count++] = &picture->boxes[i];
        }
    }
    qsort(leaves, leaf_count, sizeof *leaves, compare_leaves);
    for (size_t i = 0; i < leaf_count; i++) {
        leaves[i]->top = top;
        top += leaves[i]->height + ROW_GAP;
    }
    picture->height = top + FOOTER;
    for (size_t i = picture->count; i-- > 0;) { /* each behind its parent: children first */
        struct box *box = &picture->boxes[i];
        int highest = INT_MAX;
        int lowest = 0;
        for (size_t j = i + 1; j < picture->count; j++) {
            if (parent_of(picture, &picture->boxes[j]) == box) {
                const int at = middle(&picture->boxes[j]);
                highest = at < highest ? at : highest;
                lowest = at > lowest ? at : lowest;
            }
        }
        box->top = lowest == 0 ? box->top : (highest + lowest - box->height) / 2;
    }
}

static int left_of(const struct box *box)
{
    return MARGIN + COLUMN * (int)box->column;
}

static const char *class_of(const struct box *box)
{
    return box->step->tx->scheme == 0 ? "moves" : box->step->tx->scheme == 3 ? "pays" : "ends";
}

static void print_box(const struct picture *picture, const struct box *box)
{
    const prom_drawing_box frame = {left_of(box), box->top, BOX_WIDTH, box->height};
    const int left = frame.left + PADDING;
    const int right = frame.left + BOX_WIDTH - PADDING;
    int y = box->top + PADDING + 12;
    char scheme[16] = "";
    if (box->step->tx->scheme != 0) {
        (void)snprintf(scheme, sizeof scheme, "#%u", box->step->tx->scheme);
    }
    char classes[32];
    (void)snprintf(classes, sizeof classes, "%s%s", class_of(box), box->taken != 0 ? " taken" : "");
    (void)fprintf(picture->to, "<g%s>\n", box->passed ? " class=\"passed\"" : "");
    prom_drawing_rect(picture->to, classes, &frame);
    (void)fprintf(picture->to, "<text x=\"%d\" y=\"%d\"><tspan class=\"title\">%s</tspan> – %s</text>\n", left, y,
                  box->step->name, title_of(picture, box->step));
    prom_drawing_text(picture->to, "amount note", right, y, "%s", scheme);
    y += TITLE_LINE;
    for (size_t i = 0; i < box->line_count; i++, y += LINE) {
        const struct line *line = &box->lines[i];
        const bool note = line->amount[0] == '\0' || i + 1 == box->line_count;
        prom_drawing_text(picture->to, note ? "note" : NULL, left, y, "%s", line->label);
        if (line->amount[0] != '\0') {
            prom_drawing_text(picture->to, note ? "amount note" : "amount", right, y, "%s", line->amount);
        }
    }
    (void)fputs("</g>\n", picture->to);
}

/* The line from what makes an output to what spends it, and the wait on it. */
static void print_line(struct picture *picture, const struct box *box)
{
    const struct box *parent = parent_of(picture, box);
    if (parent == NULL) {
        return;
    }
    const int from = left_of(parent) + BOX_WIDTH;
    const int trunk = from + TRUNK;
    const int to = left_of(box);
    const int y = middle(box);
    char time[PROM_CONTRACT_HOURS];
    (void)fprintf(picture->to, "<g%s>\n<path class=\"%s%s\" d=\"M%d %dH%dV%dH%d\" marker-end=\"url(#%s-arrow)\"/>\n",
                  box->passed ? " class=\"passed\"" : "", class_of(box), box->taken != 0 ? " taken" : "", from,
                  middle(parent), trunk, y, to - 1, class_of(box));
    if (box->step->lock == 0) {
        prom_drawing_text(picture->to, "wait", (trunk + to) / 2, y - 5, "at once");
    } else {
        prom_drawing_text(picture->to, "wait", (trunk + to) / 2, y - 5, "%" PRIu32 " blocks", box->step->lock);
        prom_drawing_text(picture->to, "wait", (trunk + to) / 2, y + 14, "%s",
                          prom_contract_hours_text(time, box->step->lock));
    }
    (void)fputs("</g>\n", picture->to);
}

/* What a node's page shows: the way, and the colours of a dark page. */
static const char WAY_STYLE[] =
    ".taken{stroke-width:3.5}.passed{opacity:.4}\n"
    "@media (prefers-color-scheme:dark){svg{fill:#e3e8ee}svg>rect{fill:#171d25}.note,.wait{fill:#a5b1bd}"
    ".moves{stroke:#7ea6e0;fill:#1c2b45}.pays{stroke:#5cc08d;fill:#14352a}.ends{stroke:#8592a0;fill:#232b35}"
    "#moves-arrow polygon{fill:#7ea6e0}#pays-arrow polygon{fill:#5cc08d}#ends-arrow polygon{fill:#8592a0}}\n";

static void print_header(const struct picture *picture)
{
    static const prom_drawing_look looks[] = {{"moves", "#3f6fb5", "#e9f0fb", "1.3"},
                                              {"pays", "#1b7f4d", "#e6f4ec", "2"},
                                              {"ends", "#98a4b0", "#f5f7fa", "1.2"}};
    const prom_drawing_page page = {
        .title = "The transactions of a contract",
        .style = picture->way == NULL ? "" : WAY_STYLE,
        .looks = looks,
        .look_count = sizeof looks / sizeof *looks,
        .width = 2 * MARGIN + COLUMN * (int)(picture->columns - 1) + BOX_WIDTH,
        .height = picture->height,
    };
    prom_drawing_begin(picture->to, &page);
}

static void print_frame(const struct picture *picture)
{
    const prom_terms *terms = picture->outlook->terms;
    char text[5][PROM_AMOUNT_GROUPED];
    (void)fprintf(picture->to,
                  "<text x=\"%d\" y=\"38\" font-size=\"18\" font-weight=\"bold\">The transactions of a "
                  "contract</text>\n",
                  MARGIN);
    prom_drawing_text(picture->to, "note", MARGIN, 60,
                      "Locked by the client: the reward of %s and retainers of %s; by the worker: %s; by the verifier: "
                      "%s; by each of %u arbiters: %s. All amounts in sat; fees at %" PRIu32 " sat/vB.",
                      prom_amount_grouped(text[0], terms->c),
                      prom_amount_grouped(text[1], prom_contract_retainers(terms)),
                      prom_amount_grouped(text[2], terms->P.w), prom_amount_grouped(text[3], terms->P.v),
                      (unsigned)terms->P.n, prom_amount_grouped(text[4], terms->P.a), terms->feerate);
    prom_drawing_text(picture->to, "note", MARGIN, picture->height - 40,
                      "C is the client, W the worker, V the verifier, Y any %" PRIu32
                      " of the %u arbiters together. S are the arbiters that signed the decision. Everybody has signed "
                      "all before Tx0 locks the money; “by” names who still brings in a signature or a secret.",
                      prom_parameters_quorum(&terms->P), (unsigned)terms->P.n);
    prom_drawing_text(
        picture->to, "note", MARGIN, picture->height - 22,
        "A wait counts from the confirmation of the transaction at its left, at ten minutes a block. Each "
        "transaction has an anchor of %u sat besides, by which anybody can add to its fee.",
        PROM_ANCHOR_SAT);
    prom_drawing_end(picture->to);
}

prom_result prom_contract_svg_write(FILE *to, const prom_contract_outlook *outlook, const prom_contract_way *way,
                                    prom_error *error)
{
    struct picture picture = {.to = to, .outlook = outlook, .way = way};
    PROM_TRY(make_boxes(&picture, error));
    place_boxes(&picture);
    print_header(&picture);
    for (size_t i = 0; i < picture.count; i++) {
        print_line(&picture, &picture.boxes[i]);
    }
    for (size_t i = 0; i < picture.count; i++) {
        print_box(&picture, &picture.boxes[i]);
    }
    print_frame(&picture);
    return prom_ok();
}
