// Operator options. In: an operator's accessors. Out: the IR's kind, options and arity of the operators golden knows,
// checked; every other operator is kind OTHER. A missing options table means TFLite's defaults.
import type { Operator, OperatorKind } from '../../network/network';
import { type Reading, refuse } from '../place';
import { type Recipe, RECIPES } from './recipes';
import { type BuiltinOperator, type Operator as Slot, BuiltinOperator as Code, BuiltinOptions } from './schema/tflite';

/** Custom operators golden knows, by the names they have in `Operator.name`. */
const CUSTOM: Readonly<Record<string, OperatorKind>> = {
  'CUSTOM:TFLite_Detection_PostProcess': 'TFLite_Detection_PostProcess',
};

const isKnown = (name: string | undefined): name is OperatorKind => name !== undefined && Object.hasOwn(RECIPES, name);

/** What all operators share, read already. */
type Common = Pick<Operator, 'index' | 'name' | 'version' | 'inputs' | 'outputs' | 'fileOffset'>;

/** The operator with its kind and options; refuses options of another operator, senseless values, missing inputs. */
export function readOperatorOptions(common: Common, code: BuiltinOperator, slot: Slot, reading: Reading): Operator {
  const kind = code === Code.CUSTOM ? CUSTOM[common.name] : Code[code];
  if (!isKnown(kind)) return { ...common, kind: 'OTHER', options: {} };
  const recipe: Recipe<OperatorKind> = RECIPES[kind];
  const place = { operator: common.index, offset: common.fileOffset };
  const called = `operator ${common.index} (${common.name})`;

  const type = slot.builtinOptionsType();
  if (type !== BuiltinOptions.NONE && type !== recipe.type)
    refuse(
      reading,
      'tflite-options-type',
      `${called} carries options of type ${type} (${BuiltinOptions[type] ?? 'unknown'}), which belong to another operator.`,
      place,
    );
  const [least, most] = recipe.inputs;
  if (common.inputs.length < least || common.inputs.length > most || common.inputs.slice(0, least).includes(-1))
    refuse(
      reading,
      'tflite-operator-inputs',
      `${called} has ${common.inputs.filter((i) => i >= 0).length} inputs; it needs ${least === most ? least : `${least} to ${most}`}.`,
      place,
    );
  const outputs = common.outputs.length;
  if (recipe.severalOutputs ? outputs < 1 : outputs !== 1)
    refuse(
      reading,
      'tflite-operator-outputs',
      `${called} has ${outputs} outputs; it needs ${recipe.severalOutputs ? 'at least ' : ''}1.`,
      place,
    );

  const bad = (what: string): never =>
    refuse(reading, 'tflite-option', `${called} has ${what}, which cannot be.`, place);
  // The pairing of kind and options is the table's: TypeScript cannot follow it through the lookup.
  return { ...common, kind, options: recipe.read({ slot, bad }) } as Operator;
}
