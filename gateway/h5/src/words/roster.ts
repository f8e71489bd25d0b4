/** What is wrong with a roster file or with one of its rows, in sentences. Codes are those of the members service's roster form. */
export const fileFaults: Record<string, string> = {
  file_too_large: '文件太大。请去掉图片和多余的工作表后再上传。',
  not_excel: '这不是 Excel 文件。请另存为 .xlsx 后再上传。',
  old_or_locked_excel: '文件是旧格式，或者设了密码。请去掉密码，另存为 .xlsx 后再上传。',
  damaged: '文件打不开，可能已经损坏。请重新保存后再上传。',
  too_many_parts: '文件结构不正常。请把内容复制到新的工作簿里再上传。',
  unpacks_too_large: '文件展开后大得不正常。请把内容复制到新的工作簿里再上传。',
  macros: '文件里有宏。请另存为不带宏的 .xlsx 后再上传。',
  external_links: '文件里有指向别的文件的链接。请粘贴为数值后再上传。',
  embedded_objects: '文件里嵌了别的对象。请删掉后再上传。',
  unsafe_xml: '文件内容不安全，不能读取。请把内容复制到新的工作簿里再上传。',
  formula_cells: '有的单元格是公式。请粘贴为数值后再上传。',
  too_many_sheets: '工作表太多。只留“党员名册”和“党组织”两张。',
  too_many_rows: '行数太多，请分开上传。',
  too_many_columns: '列数太多，请按模板的列上传。',
  too_much_text: '有的单元格文字太多。',
  sheet_missing: '没有找到“党员名册”这张工作表。',
  columns_wrong: '列名和模板对不上，请不要改动表头。',
  no_rows: '文件里没有数据。',
  file_missing: '文件已经不在了。请重新上传。',
  rows_unmatched: '文件里有对不上的行，整个文件都没有应用。请改好后重新上传。',
  step_refused: '有一行的变化按规定不能这样做。请改好这一行后重新上传。',
  'members.import_out_of_date': '核对之后，花名册又有了变化。请重新上传，按最新的花名册再核对一次。',
  'members.roster_file_forgotten': '文件已经过了保存期限，为了保护个人信息已经删除。需要的话，请重新上传。',
  internal: '处理的时候出了问题。请重新上传；还是不行，请联系管理员。',
}

const rowFaults: Record<string, string> = {
  missing_field: '没有填',
  text_expected: '应该是文字，却是数字或日期',
  too_long: '太长了',
  control_characters: '含有看不见的特殊字符',
  looks_like_formula: '看起来像公式，请改成文字',
  name_form: '姓名写法不对',
  identity_number_as_number: '存成了数字，后几位已经丢了，请按文字重新填写',
  identity_number_repeated: '身份证号码重复',
  identity_number_length: '应该是 18 位',
  identity_number_characters: '含有不该有的字符',
  identity_number_birth_date: '里面的出生日期不对',
  identity_number_check_digit: '校验位不对，请核对号码',
  sex_unknown: '只能填男或女',
  sex_disagrees_with_identity_number: '与身份证号码不一致',
  nation_unknown: '没有这个民族',
  phone_form: '应该是 11 位手机号',
  code_form: '编码写法不对',
  status_unknown: '没有这种党员状态',
  class_unknown: '没有这种党员类别',
  date_form: '日期写法不对，例如 2020-07-01',
  date_in_future: '日期还没有到',
  date_too_early: '日期太早',
  date_order: '日期前后顺序不对',
  full_date_of_probationary_member: '预备党员不应该有转正日期',
  away_unknown: '只能填是或否',
  place_without_away: '没有外出，却填了外出地点',
  organisation_unknown: '没有这个编码的组织',
  organisation_not_a_branch: '这个组织不是党支部',
  organisation_name_differs: '支部名称与编码对不上',
  organisation_outside_reach: '这个支部不在您的管理范围内',
  member_outside_reach: '这位党员在别的组织的花名册里，请走组织关系转接',
  new_member_not_active: '新增的人应该是正式党员或预备党员',
  status_may_not_follow: '党员状态不能这样变',
  code_repeated: '编码重复',
  kind_unknown: '没有这种组织类别',
  kind_fixed: '组织类别不能改',
  parent_unknown: '没有这个上级组织',
  may_not_stand_there: '不能设在这个上级下面',
  second_county_committee: '一个县只能有一个县委',
}

/** `identity_number_repeated:公民身份号码:17` becomes 公民身份号码：身份证号码重复（与第17行）; a bare column means that it differs. */
export function rowReason(reason: string): string {
  const [code = '', column = '', other = ''] = reason.split(':')
  const words = rowFaults[code]
  if (!words) return column ? `${column}：${code}` : `${code}有变化`
  const where = column ? `${column}：` : ''
  const beside = code.endsWith('_repeated') && /^\d+$/.test(other) ? `（与第${other}行）` : ''
  return `${where}${words}${beside}`
}
