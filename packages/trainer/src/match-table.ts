/**
 * Which student views a teacher view is compared with. Student views are numbered as the head stacks them:
 * direct similarities of all views (globals first), then predictor similarities of all views in the same order.
 */
export interface MatchTable {
  /** Views the student puts out: twice the number of views with a predictor. */
  studentViews: number;
  /** Views the teacher sees: the global ones. */
  teacherViews: number;
  /** `matches[t]`: the student views of teacher view t. Entries at or above `studentViews` do not exist. */
  matches: number[][];
}

/**
 * For each teacher view: the direct similarities of every *other* global view, and the predictor similarities of
 * *every* view, its own included. Direct local similarities are never matched. Source: method §3.
 */
export function matchTable(views: { globals: number; locals: number; predictor: boolean }): MatchTable {
  const { globals, locals, predictor } = views;
  const all = globals + locals;
  const predicted = Array.from({ length: all }, (_, view) => all + view);
  const matches = Array.from({ length: globals }, (_, teacher) => [
    ...Array.from({ length: globals }, (_, view) => view).filter((view) => view !== teacher),
    ...predicted,
  ]);
  return { studentViews: predictor ? 2 * all : all, teacherViews: globals, matches };
}

/** The (teacher view, student view) pairs that exist, in the table's order: one loss term each. */
export function matchedPairs(table: MatchTable): [teacher: number, student: number][] {
  return table.matches.flatMap((students, teacher) =>
    students
      .filter((student) => student < table.studentViews)
      .map((student): [number, number] => [teacher, student]),
  );
}
