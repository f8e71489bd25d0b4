import type { IconName } from '@/ui/icons'

/** The areas of the county's platform. One that is not open yet says in plain words what it will be, and is marked 筹备中. */
export interface Area {
  key: string
  name: string
  icon: IconName
  to: string
  open: boolean
  /** What can be done there, once it is open. */
  will: readonly string[]
  meanwhile: string
}

export const areas: readonly Area[] = [
  {
    key: 'dues', name: '党费缴纳', icon: 'dues', to: '/dues', open: true,
    will: [], meanwhile: '',
  },
  {
    key: 'transfers', name: '组织关系转接', icon: 'transfer', to: '/areas/transfers', open: false,
    will: ['用手机拍照提交转接申请，不用来回跑', '随时看到材料在谁手里、什么时候到的、下一步是什么', '介绍信有效期和党费缴至哪个月都写清楚', '外出流动党员登记，联系人一目了然'],
    meanwhile: '现在办理组织关系转接，请联系您所在的党支部。',
  },
  {
    key: 'community', name: '网上社区', icon: 'community', to: '/areas/community', open: false,
    will: ['到居住地社区报到，认领服务项目和岗位', '百姓之声、我要建议：交给谁办、什么时候答复，都看得见', '微心愿：从提出到圆梦，由提出的人自己确认'],
    meanwhile: '现在有建议或困难，请联系所在村（社区）党组织。',
  },
  {
    key: 'records', name: '数字党建', icon: 'records', to: '/areas/records', open: false,
    will: ['三会一课、主题党日的记录，一次填写，处处可用', '任务清单写明是谁布置的、依据是什么', '完成情况由记录自动算出，不用另外报表'],
    meanwhile: '现在的会议记录请按原来的方式保存。',
  },
  {
    key: 'classroom', name: '移动课堂', icon: 'classroom', to: '/areas/classroom', open: false,
    will: ['县里推荐和党员原创的文章', '红色故事、乡愁故事、好人好事', '自己安排的学习计划和自测，不排名、不打卡'],
    meanwhile: '开放以后会在首页告诉您。',
  },
]

export function areaByKey(key: string): Area | undefined {
  return areas.find((area) => area.key === key)
}
