import { type MatchTable, matchedPairs } from './match-table.ts';

/** Labels of one step, read from the engine. Rows are view-major. */
export interface StepLabels {
  /** Largest student similarity per row, `[studentViews·B]`. */
  student: Int32Array;
  /** Largest target per row, `[teacherViews·B]`. */
  assigned: Int32Array;
  /** Largest teacher similarity per row, before balancing. */
  raw: Int32Array;
}

/** How student and teacher agree in one step. */
export interface Agreement {
  /** Share of matched (teacher, student) rows with the same label. */
  accuracy: number;
  /** Share of teacher rows whose label the assigner changed. */
  changedLabels: number;
  /** Distinct labels the teacher gave, per sample of the batch. */
  teacherLabels: number;
  /** Distinct labels among the student's rows, per sample of the batch. */
  studentLabels: number;
  /** Share of samples whose teacher views all got one label. */
  labelAgreement: number;
}

function share(count: number, of: number): number {
  return of === 0 ? 0 : count / of;
}

/**
 * The agreement figures of one step, from hard labels.
 *
 * @param samples what the label counts are divided by: the samples of the batch, over all workers
 */
export function agreement(
  labels: StepLabels,
  table: MatchTable,
  samples = labels.assigned.length / table.teacherViews,
): Agreement {
  const { student, assigned, raw } = labels;
  const batch = assigned.length / table.teacherViews;
  const pairs = matchedPairs(table);
  let same = 0;
  for (const [teacherView, studentView] of pairs) {
    for (let i = 0; i < batch; i++) {
      if (assigned[teacherView * batch + i] === student[studentView * batch + i]) same++;
    }
  }
  let agreeing = 0;
  for (let i = 0; i < batch; i++) {
    const views = Array.from({ length: table.teacherViews }, (_, view) => assigned[view * batch + i]);
    if (views.every((label) => label === views[0])) agreeing++;
  }
  return {
    accuracy: share(same, pairs.length * batch),
    changedLabels: share(
      assigned.reduce((count, label, row) => count + (label === raw[row] ? 0 : 1), 0),
      assigned.length,
    ),
    teacherLabels: share(new Set(assigned).size, samples),
    studentLabels: share(new Set(student).size, samples),
    labelAgreement: share(agreeing, batch),
  };
}
