export { NO_SLOT } from './open-piece.ts'
export { createPicker } from './picker.ts'
export type { PickerOptions, PiecePicker, Priority, Receipt, Strategy } from './types.ts'
